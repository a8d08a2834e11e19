"""The permission to see how integrations do, and the roles that hold it from the start."""

from fetlock.contracts.registration import Permission

VIEW = "integrations.view"

PERMISSIONS = (
    Permission(
        key=VIEW,
        label="See whether what goes to outside services gets there",
        roles=frozenset({"Receptionist", "Veterinarian"}),
    ),
)
