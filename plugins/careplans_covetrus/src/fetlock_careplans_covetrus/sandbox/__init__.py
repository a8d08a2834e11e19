"""The simulator of the plan vendor: a real HTTP server in a process of its own.

It speaks the interface that ``vendor_api`` speaks, keeps its state in SQLite, and has switchable
faults. Nothing of it runs inside the host; the plugin reaches it over HTTP as it would the vendor.
"""

from collections.abc import Mapping

from fetlock_careplans_covetrus.sandbox.demo import API_KEY, API_SECRET
from fetlock_careplans_covetrus.sandbox.server import serve

__all__ = ["demo_settings", "serve"]


def demo_settings(address: str) -> Mapping[str, str]:
    """The settings by which the plugin reaches a simulator with the demo's account at `address`."""
    return {
        "base_url": address,
        "api_key": API_KEY,
        "api_secret": API_SECRET,
        "support_contact": "Care plan support, (860) 555-0199",
    }
