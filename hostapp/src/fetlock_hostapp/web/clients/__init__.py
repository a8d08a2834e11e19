"""Clients: their page and their form."""
