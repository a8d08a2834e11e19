"""What people set for themselves: password, second factor, where they are signed in, API tokens."""
