"""Employees, roles and permissions for programs."""

from fetlock_hostapp.web.staff import employee_api, role_api

HANDLERS = [*employee_api.HANDLERS, *role_api.HANDLERS]
