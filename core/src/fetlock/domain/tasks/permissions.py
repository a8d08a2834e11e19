"""Permissions of tasks, and the roles that hold them from the start."""

from fetlock.contracts.registration import Permission

_EVERYBODY = frozenset({"Receptionist", "Veterinarian", "Nurse"})

VIEW = "tasks.view"
EDIT = "tasks.edit"
ALL = "tasks.all"

PERMISSIONS = (
    Permission(key=VIEW, label="See tasks of one’s own and of one’s roles", roles=_EVERYBODY),
    Permission(key=EDIT, label="Write, assign, complete and snooze tasks", roles=_EVERYBODY),
    Permission(key=ALL, label="See and change the tasks of everybody at the site"),
)
