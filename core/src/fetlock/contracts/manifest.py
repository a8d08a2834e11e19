"""What a plugin says of itself, and whether this host can carry it."""

import re
from dataclasses import dataclass
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

HOOK_API: Final = "0.1"
"""The version of the plugin API that this host offers (PL-7)."""

_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The plugin's identity.

    `name`: as its entry point; `hook_api`: the range of API versions it works with (">=0.1,<0.2");
    `table_prefix`: every table of its own begins with it; `models` and `migrations`: dotted module names;
    `web`: "module:attribute" of its pages object, imported by a host that has pages;
    `sandbox`: the package of its simulator, run as `python -m <package> --port N --database FILE`, with a
    function `demo_settings(address)` that answers the settings by which the plugin reaches it there;
    `tests_credentials`: it answers the ask "test_credentials" with the settings as they are typed, the
    secrets among them, so that their page offers to try them;
    `weight` orders plugins where order shows, lower first.
    """

    name: str
    label: str
    version: str
    hook_api: str
    description: str = ""
    table_prefix: str = ""
    models: str = ""
    migrations: str = ""
    web: str = ""
    sandbox: str = ""
    tests_credentials: bool = False
    weight: int = 100

    def fault(self) -> str | None:
        """Why this host cannot carry the plugin, or None (PL-4)."""
        if not _NAME.fullmatch(self.name):
            return f"The name “{self.name}” is not made of lower-case letters, digits and underscores."
        try:
            Version(self.version)
            wanted = SpecifierSet(self.hook_api)
        except ValueError as error:
            return f"The manifest is not readable: {error}"
        if not wanted.contains(HOOK_API):
            return (
                f"Needs plugin API {self.hook_api}; this host offers {HOOK_API}. "
                "Update the plugin or Fetlock so that the two meet."
            )
        if bool(self.models) != bool(self.table_prefix) or bool(self.models) != bool(self.migrations):
            return "A plugin with tables names all three: models, table_prefix and migrations."
        return None
