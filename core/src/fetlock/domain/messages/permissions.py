"""Permissions of messages, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

_DESK = frozenset({"Receptionist", "Veterinarian", "Nurse"})

PERMISSIONS = (
    Permission(key="messages.view", label="See messages to clients", roles=_DESK),
    Permission(key="messages.send", label="Send messages to clients", roles=_DESK),
    Permission(
        key="messages.resend",
        label="Send again, or drop, messages that did not go out",
        roles=frozenset({"Receptionist"}),
    ),
)
