"""Starting a runtime as every process of the host does: plugins with their pages, checked together."""

from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime


def start_runtime(installation: Installation) -> Runtime:
    """The runtime of this installation. Raises `PluginsRefused` in strict mode."""
    return Runtime.start(installation)
