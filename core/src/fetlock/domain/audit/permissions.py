"""The permission of the audit log; no role but the administrator's holds it from the start."""

from fetlock.contracts.registration import Permission

PERMISSIONS = (Permission(key="audit.view", label="Read, export and verify the audit log"),)
