"""Permissions of patient records, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

_TEAM = frozenset({"Receptionist", "Veterinarian", "Nurse"})

PERMISSIONS = (
    Permission(key="patients.view", label="See patients", roles=_TEAM),
    Permission(key="patients.edit", label="Add and change patients, weights, alerts and photos", roles=_TEAM),
    Permission(
        key="patients.change_owner",
        label="Give a patient to another owner",
        roles=frozenset({"Receptionist", "Veterinarian"}),
    ),
)
