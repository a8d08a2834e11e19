"""Permissions of sites; no role but the administrator's holds them from the start."""

from fetlock.contracts.registration import Permission

PERMISSIONS = (
    Permission(key="sites.view", label="See the settings of sites"),
    Permission(key="sites.edit", label="Add and change sites"),
)
