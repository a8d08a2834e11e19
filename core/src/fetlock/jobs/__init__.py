"""What plugins do every now and then, on a schedule, one runner at a time (PL-9)."""
