"""Permissions of accounts, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

PERMISSIONS = (
    Permission(
        key="accounts.view",
        label="See accounts of clients and insurers",
        roles=frozenset({"Receptionist", "Veterinarian"}),
    ),
    Permission(
        key="accounts.take_payment",
        label="Move invoices to accounts, take payments and deposits on them",
        roles=frozenset({"Receptionist", "Veterinarian"}),
    ),
    Permission(
        key="accounts.refund", label="Give money of an account back", roles=frozenset({"Receptionist"})
    ),
    Permission(key="accounts.write_off", label="Write debts off and give credit, with a reason"),
)
