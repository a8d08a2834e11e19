"""Every hook reaches the dummy plugin through the real host, and its answer has the documented effect."""
