"""The simulator of the plan vendor: a real HTTP server in a process of its own.

It speaks the interface that ``vendor_api`` speaks, keeps its state in SQLite, and has switchable
faults. Nothing of it runs inside the host; the plugin reaches it over HTTP as it would the vendor.
"""

from fetlock_careplans_covetrus.sandbox.server import serve

__all__ = ["serve"]
