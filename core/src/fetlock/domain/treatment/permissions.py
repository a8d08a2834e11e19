"""Permissions of treatment, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

_CARE = frozenset({"Receptionist", "Veterinarian", "Nurse"})

PERMISSIONS = (
    Permission(key="treatment.view", label="See what is ordered or done for patients", roles=_CARE),
    Permission(key="treatment.edit", label="Order treatment, with its charges", roles=_CARE),
)
