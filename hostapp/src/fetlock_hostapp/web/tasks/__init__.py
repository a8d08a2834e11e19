"""The pages of tasks and notices, and the count in the header (H-17)."""
