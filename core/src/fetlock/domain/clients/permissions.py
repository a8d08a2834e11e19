"""Permissions of client records, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

_TEAM = frozenset({"Receptionist", "Veterinarian", "Nurse"})

PERMISSIONS = (
    Permission(key="clients.view", label="See clients", roles=_TEAM),
    Permission(key="clients.edit", label="Add and change clients", roles=_TEAM),
)
