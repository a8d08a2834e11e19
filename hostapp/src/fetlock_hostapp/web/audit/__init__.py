"""The audit log: who did what, and whether somebody tampered with the record of it (H-5)."""
