"""The words of the audit log: what an action is called, by its name."""

from typing import Final

ACTIONS: Final = {
    "access.denied": "Was refused",
    "audit.doubt_accepted": "Explained a doubt about this log",
    "audit.exported": "Exported the audit log",
    "audit.head_doubted": "This log’s end was not as signed",
    "invoice.override": "Closed an invoice against a warning",
    "list.exported": "Exported a list",
    "patient.deceased": "Entered a death",
    "patient.not_deceased": "Took back a death",
    "plugin.export": "Exported a plugin’s data",
    "plugin.purge": "Deleted a plugin’s data",
    "plugin.settings": "Changed a plugin’s settings",
    "plugin.switch": "Switched a plugin",
    "record.viewed": "Looked at a record",
    "roles.permissions_changed": "Changed what a role may do",
    "secrets.resealed": "Changed the key of stored secrets",
    "sites.changed": "Changed a site’s settings",
    "staff.password_changed": "Changed their password",
    "staff.password_reset": "Reset somebody’s password",
    "staff.roles_assigned": "Changed somebody’s roles",
    "staff.sign_in_failed": "Sign-in failed",
    "staff.signed_in": "Signed in",
    "staff.signed_out": "Signed out",
}
_VERBS: Final = {
    "added": "Added",
    "assigned": "Assigned",
    "change_owner": "Changed the owner of",
    "changed": "Changed",
    "create": "Added",
    "drop": "Dropped",
    "remove": "Removed",
    "removed": "Removed",
    "renamed": "Renamed",
    "reopened": "Reopened",
    "retry": "Sent again",
    "save": "Saved",
    "snoozed": "Snoozed",
    "update": "Changed",
    "void": "Voided",
    "weight_removed": "Took back a weight of",
    "activated": "Activated",
    "deactivated": "Deactivated",
}
_THINGS: Final = {
    "client": "a client",
    "invoice": "an invoice",
    "message": "a message",
    "outbox": "an entry of the outbox",
    "patient": "a patient",
    "product": "a product",
    "roles": "a role",
    "sites": "a site",
    "staff": "an employee",
    "tasks": "a task",
    "tax_rate": "a tax rate",
}
AREAS: Final = {
    "access": "Refusals",
    "account": "Accounts",
    "audit": "Audit log",
    "import": "Imports",
    "job": "Jobs",
    "list": "Lists",
    "outbox": "Outbox",
    "staff": "Employees and sign-ins",
    "tax_rate": "Tax rates",
}
SHAPES: Final = {
    "access.denied": "bad",
    "audit.head_doubted": "bad",
    "invoice.override": "warn",
    "staff.sign_in_failed": "warn",
    "staff.code_refused": "warn",
}
"""Actions that stand out in the list, with the shape of a state."""


def action(name: str) -> str:
    """What is said of an action: "Signed in"; one that a plugin recorded is taken from its name."""
    said = ACTIONS.get(name)
    if said:
        return said
    thing, _, verb = name.partition(".")
    if thing in _THINGS and verb in _VERBS:
        return f"{_VERBS[verb]} {_THINGS[thing]}"
    return f"{thing.replace('_', ' ')}: {verb.replace('_', ' ')}".capitalize().rstrip(": ")


def area(name: str) -> str:
    """The name of a group of actions."""
    return AREAS.get(name) or name.replace("_", " ").capitalize()


def choices(names: list[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Actions to filter by, grouped by area, each group with one for all of it."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        key = name.partition(".")[0]
        grouped.setdefault(key, [(key, f"{area(key)}: all")]).append((name, action(name)))
    return sorted(((area(key), inner) for key, inner in grouped.items()), key=lambda pair: pair[0])
