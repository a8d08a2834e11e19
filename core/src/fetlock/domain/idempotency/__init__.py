"""Requests of programs that may be sent twice and are done once (PL-11)."""
