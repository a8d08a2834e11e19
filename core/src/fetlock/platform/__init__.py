"""The plugin platform: finding plugins, switching them, calling their hooks, keeping their settings."""
