"""The pages of employees and of roles, and their place in administration."""

from fetlock_hostapp.plugin import AdministrationItem
from fetlock_hostapp.web.staff import employee_pages, role_pages

HANDLERS = [*employee_pages.HANDLERS, *role_pages.HANDLERS]

ADMINISTRATION = [
    AdministrationItem(
        label="Employees", href="administration/employees", permission="staff.view", icon="users", weight=20
    ),
    AdministrationItem(
        label="Roles and permissions",
        href="administration/roles",
        permission="staff.view",
        icon="lock",
        weight=30,
    ),
]
