"""The Fetlock host: web pages, JSON API, worker and command line."""
