"""Permissions of invoices, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

_DESK = frozenset({"Receptionist", "Veterinarian", "Nurse"})

PERMISSIONS = (
    Permission(key="invoices.view", label="See invoices", roles=_DESK),
    Permission(key="invoices.edit", label="Add, change and remove lines of open invoices", roles=_DESK),
    Permission(
        key="invoices.take_payment", label="Take payments", roles=frozenset({"Receptionist", "Veterinarian"})
    ),
    Permission(
        key="invoices.close", label="Close invoices", roles=frozenset({"Receptionist", "Veterinarian"})
    ),
    Permission(key="invoices.reopen", label="Reopen closed invoices", roles=frozenset({"Receptionist"})),
    Permission(key="invoices.return", label="Return items", roles=frozenset({"Receptionist"})),
    Permission(key="invoices.void", label="Void invoices"),
    Permission(key="invoices.override", label="Go on against a check or an incomplete price, with a reason"),
    Permission(
        key="invoices.edit_closed",
        label="Change service date and provider of closed lines",
        roles=frozenset({"Veterinarian"}),
    ),
)
