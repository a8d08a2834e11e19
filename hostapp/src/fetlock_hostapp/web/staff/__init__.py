"""Employees, their roles at sites, and what roles may do (H-2, H-3)."""
