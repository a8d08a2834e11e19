"""Permissions of plugins, their settings, and what waits to be sent."""

from fetlock.contracts.registration import Permission

PERMISSIONS = (
    Permission(key="plugins.view", label="See plugins and their state at each site"),
    Permission(key="plugins.switch", label="Switch plugins between off, set-up and on"),
    Permission(key="plugins.settings", label="Change the settings of plugins"),
    Permission(key="plugins.remove", label="Export and purge the data of plugins"),
    Permission(
        key="plugins.outbox",
        label="See what is sent to outside services",
        roles=frozenset({"Receptionist", "Veterinarian"}),
    ),
    Permission(
        key="plugins.resend",
        label="Send again, or drop, what did not reach an outside service",
        roles=frozenset({"Receptionist"}),
    ),
    Permission(key="plugins.jobs", label="See the jobs of plugins, when they ran and when they run next"),
    Permission(key="plugins.run_jobs", label="Run a job now, pause it at a site, let it go on"),
    Permission(key="plugins.outbox_shared", label="See, in the outbox, also what belongs to no single site"),
)
