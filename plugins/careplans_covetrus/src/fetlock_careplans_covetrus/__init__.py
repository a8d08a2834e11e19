"""Covetrus Care Plans: plan benefits on invoices, and their usage at the plan vendor."""
