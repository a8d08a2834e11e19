"""The ways in: passwords, second factors, sign-ins, API tokens (H-4, H-6)."""
