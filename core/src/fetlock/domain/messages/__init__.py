"""Messages to clients, kept with their state."""
