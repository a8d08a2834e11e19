"""The way in: from the bare address to the person's site, and from the site to its first page."""
