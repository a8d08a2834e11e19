"""Patients: who they are, what they weigh, what to beware of."""
