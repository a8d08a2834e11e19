"""Live signals: a word that something has changed, read by every web process for its open pages (UI-3)."""
