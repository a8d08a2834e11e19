"""What must reach the outside: stored with the cause in one transaction, delivered by the worker."""
