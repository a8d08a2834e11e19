"""Which plugins are on where, and their settings."""
