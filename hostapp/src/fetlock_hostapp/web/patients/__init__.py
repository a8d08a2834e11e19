"""Patients: their page with its tabs and panels, their record, their forms."""
