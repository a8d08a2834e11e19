"""The JSON API as a whole: its description, and whether it does what that says (PL-11)."""
