"""Employees, roles, permissions and sign-ins."""
