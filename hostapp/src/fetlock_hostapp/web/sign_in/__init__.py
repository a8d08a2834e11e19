"""Signing in and out, and the change of a password that somebody else has chosen (H-4)."""
