"""Starting a runtime as every process of the host does: plugins with their pages, checked together."""

from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.metrics import count_hook


def start_runtime(installation: Installation) -> Runtime:
    """The runtime of this installation. Raises `PluginsRefused` in strict mode."""
    from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages

    runtime = Runtime.start(installation, specs=(PageHooks,), parts=load_pages)
    runtime.hooks.observer = count_hook
    return runtime
