"""How an employee gets in, as administrators see it: second factor and API tokens (H-4, H-6)."""
