"""The plugin's own migration history."""
