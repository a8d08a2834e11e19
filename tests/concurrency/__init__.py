"""Many people at once, with real threads and processes, on both databases."""
