"""Permissions of the catalogue, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

_TEAM = frozenset({"Receptionist", "Veterinarian", "Nurse"})

PERMISSIONS = (
    Permission(key="catalogue.view", label="See products and prices", roles=_TEAM),
    Permission(key="catalogue.edit", label="Add and change products, prices and tax rates"),
)
