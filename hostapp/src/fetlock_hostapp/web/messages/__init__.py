"""Sent messages: the site's e-mails and texts to clients, and writing one (H-41, H-42)."""
