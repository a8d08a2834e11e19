"""The permission to import files."""

from fetlock.contracts.registration import Permission

PERMISSIONS = (Permission(key="imports.run", label="Import records from files"),)
