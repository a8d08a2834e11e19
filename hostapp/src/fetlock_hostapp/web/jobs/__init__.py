"""The page of jobs: what plugins do on a schedule, when it ran and runs next, and its history (PL-9)."""
