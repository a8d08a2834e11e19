"""Plugins: where they are on, their settings, and the data of those that were removed (PL-2, PL-3, PL-6)."""
