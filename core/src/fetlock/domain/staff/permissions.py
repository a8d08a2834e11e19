"""Permissions of employees and roles; no role but the administrator's holds them from the start."""

from fetlock.contracts.registration import Permission

PERMISSIONS = (
    Permission(key="staff.view", label="See employees and their roles"),
    Permission(key="staff.edit", label="Add, change and deactivate employees, reset their passwords"),
    Permission(key="staff.roles", label="Change roles and what they may do"),
)
