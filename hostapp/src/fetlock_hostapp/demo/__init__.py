"""The demo clinic: what `fetlock demo` loads into an empty database."""
