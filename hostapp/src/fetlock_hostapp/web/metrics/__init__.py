"""What is counted and logged of requests, and where Prometheus fetches it (OP-4)."""
