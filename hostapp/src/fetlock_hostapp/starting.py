"""Starting a runtime as every process of the host does: plugins with their pages, checked together."""

from fetlock.platform.installation import Installation
from fetlock.platform.registry import Registry
from fetlock.platform.runtime import Runtime
from fetlock_hostapp.metrics import count_hook


def start_runtime(installation: Installation) -> Runtime:
    """The runtime of this installation.

    Raises `PluginsRefused` in strict mode, naming every faulty plugin: one whose pages can't be served is
    found here then, too, and not only by the process that would serve them (PL-4).
    """
    from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, check_pages, load_pages

    def parts(registry: Registry) -> None:
        load_pages(registry)
        if installation.strict_plugins:
            check_pages(registry)

    runtime = Runtime.start(installation, specs=(PageHooks,), parts=parts)
    runtime.hooks.observer = count_hook
    return runtime
