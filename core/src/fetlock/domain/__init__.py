"""The host's domain: one folder per area, each with its tables, its rules and its commands."""
