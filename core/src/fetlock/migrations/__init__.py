"""Core's own migration history; each plugin has one of its own."""
