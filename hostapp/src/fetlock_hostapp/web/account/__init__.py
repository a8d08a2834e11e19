"""What people set for themselves: their password."""
