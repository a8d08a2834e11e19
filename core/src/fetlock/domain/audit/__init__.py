"""The record of who did what: append-only, and chained so that nobody can tidy it up unseen (H-5)."""
