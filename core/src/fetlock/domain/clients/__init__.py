"""Clients and the ways to reach them."""
