"""Live signals for browsers: one stream of server-sent events for each, fed by one look a second (UI-3)."""
