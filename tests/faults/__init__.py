"""Faults of plugins, one by one and under load: what each may cost, and no more (PL-4, PL-5, H-14)."""
