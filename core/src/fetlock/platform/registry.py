"""The plugins of this installation: found by entry point, checked, registered or quarantined."""

import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import pluggy

from fetlock.contracts.manifest import Manifest
from fetlock.contracts.registration import Topic
from fetlock.hooks import SPECS
from fetlock.hooks.markers import PROJECT, HookInfo, described
from fetlock.platform.answers import looked_at
from fetlock.platform.incidents import record_incident

log = logging.getLogger(__name__)

ENTRY_POINT_GROUP: Final = "fetlock.plugins"


class PluginsRefused(RuntimeError):
    """Strict mode: at least one plugin could not be carried; the text names all of them (PL-4)."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that works here. A built-in one belongs to the host and is on at every site."""

    name: str
    manifest: Manifest
    instance: object
    builtin: bool = False

    @property
    def version(self) -> str:
        """The version that its manifest declares."""
        return self.manifest.version


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A plugin that could not be carried, with the reason shown to administrators (PL-4)."""

    name: str
    reason: str
    version: str = ""
    hook_api: str = ""


class Registry:
    """Every plugin of the process; built once at start, never changed afterwards.

    Hooks may be added (`add_specs`) and parts of plugins registered (`add_part`) until `freeze`.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._spec_classes: list[type] = []
        self._parts: dict[int, str] = {}
        self._registered: dict[str, dict[str, Any]] = {}
        self.hooks: dict[str, HookInfo] = {}
        self.plugins: dict[str, Plugin] = {}
        self.quarantined: dict[str, Quarantined] = {}
        for spec_class in SPECS:
            self.add_specs(spec_class)

    def add_specs(self, spec_class: type) -> None:
        """Add the hooks of a spec class: the host's own, or those one plugin offers to others."""
        self._manager.add_hookspecs(spec_class)
        self._spec_classes.append(spec_class)
        self.hooks.update(described(spec_class))

    def add_builtin(self, instance: object) -> None:
        """Register a plugin of the host itself; a fault in it is a fault of the host, and raises."""
        self._add(_manifest_of(instance).name, instance, builtin=True)

    def add(self, name: str, load: Callable[[], object]) -> None:
        """Load and register one plugin, or quarantine it under `name` with its reason."""
        try:
            instance = load()
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, SystemExit too
            self._quarantine(name, f"Did not start: {words_of(error)}", error)
            return
        try:
            manifest = _manifest_of(instance)
            looked_at(self.hooks["manifest"], manifest)
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
            self._quarantine(name, f"Gives no readable manifest: {words_of(error)}", error)
            return
        fault = manifest.fault()
        if fault is None and manifest.name != name:
            fault = f"Its entry point is called {name}, its manifest {manifest.name}."
        if fault is None and name in self.plugins:
            fault = f"Two installed plugins are called {name}."
        if fault is not None:
            self.quarantined[name] = Quarantined(name, fault, manifest.version, manifest.hook_api)
            log.warning("plugin %s quarantined: %s", name, fault)
            return
        try:
            self._add(name, instance)
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
            self._quarantine(name, f"Breaks the plugin API: {words_of(error)}", error, manifest)

    def add_part(self, plugin: str, instance: object) -> None:
        """Register a further object of a plugin (its pages), or quarantine the whole plugin."""
        try:
            _refuse_faulty(instance, self._spec_classes)
            self._manager.register(instance, name=f"{plugin}:{type(instance).__name__}")
            self._parts[id(instance)] = plugin
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
            self.quarantine(plugin, f"Breaks the plugin API: {words_of(error)}", error)

    def quarantine(self, name: str, reason: str, error: BaseException | None = None) -> None:
        """Take a plugin out again, with its parts, and keep the reason."""
        self._registered.clear()
        plugin = self.plugins.pop(name, None)
        manifest = plugin.manifest if plugin else None
        if plugin is not None:
            self._manager.unregister(plugin.instance)
        for part in [p for p in self._manager.get_plugins() if self._parts.get(id(p)) == name]:
            self._manager.unregister(part)
        self._quarantine(name, reason, error, manifest)

    def implementations(self, hook: str) -> Iterator[tuple[Plugin, Any]]:
        """Each plugin with its implementation of `hook`, by weight, then name."""
        found = []
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            name = self._parts.get(id(implementation.plugin), implementation.plugin_name)
            found.append((self.plugins[name], implementation.function))
        found.sort(key=lambda pair: (pair[0].manifest.weight, pair[0].name))
        return iter(found)

    def registered(self, hook: str) -> dict[str, Any]:
        """What each plugin registers by a register hook; asked once: nothing of it runs while it is off.

        `check_registrations` finds faults at start; a plugin that fails only now is quarantined now.
        """
        found = self._registered.get(hook)
        if found is None:
            found = {}
            for plugin, function in list(self.implementations(hook)):
                try:
                    found[plugin.name] = looked_at(self.hooks[hook], function())
                except BaseException as error:
                    if plugin.builtin:
                        raise  # a fault of the host
                    self.quarantine(plugin.name, f"Breaks the plugin API: {words_of(error)}", error)
            self._registered[hook] = found
        return found

    @property
    def topics(self) -> dict[str, tuple[Topic, ...]]:
        """The outbox topics of each plugin that declares any."""
        return {name: tuple(topics) for name, topics in self.registered("topics").items()}

    @property
    def deprecations(self) -> dict[str, tuple[str, ...]]:
        """What plugins use that will go away, in words for administrators; only plugins that do (PL-7)."""
        found: dict[str, tuple[str, ...]] = {}
        for info in self.hooks.values():
            if info.deprecated:
                words = f"{info.name} is deprecated: {info.deprecated}"
                for plugin, _ in self.implementations(info.name):
                    found[plugin.name] = (*found.get(plugin.name, ()), words)
        return found

    def _add(self, name: str, instance: object, *, builtin: bool = False) -> None:
        self._registered.clear()
        _refuse_faulty(instance, self._spec_classes)
        manifest = _manifest_of(instance)
        self._manager.register(instance, name=name)
        self.plugins[name] = Plugin(name, manifest, instance, builtin)
        self._manager.check_pending()

    def _quarantine(
        self, name: str, reason: str, error: BaseException | None, manifest: Manifest | None = None
    ) -> None:
        if error is not None:
            incident = record_incident(plugin=name, hook="start", error=error)
            reason = f"{reason} (incident {incident})"
        version = manifest.version if manifest else ""
        hook_api = manifest.hook_api if manifest else ""
        self.quarantined[name] = Quarantined(name, reason, version, hook_api)
        log.warning("plugin %s quarantined", name)


def load_registry(
    *,
    builtins: Iterable[object] = (),
    specs: Iterable[type] = (),
    strict: bool = False,
    installed: Mapping[str, Callable[[], object]] | None = None,
) -> Registry:
    """Find, check and register every installed plugin (PL-1).

    `installed`: name to loader, by default the entry points of the group `fetlock.plugins`. Two of one
    name are both quarantined. `strict`: raises `PluginsRefused` that names every quarantined plugin.
    """
    registry = Registry()
    for spec_class in specs:
        registry.add_specs(spec_class)
    for instance in builtins:
        registry.add_builtin(instance)
    for name, load in (_installed() if installed is None else installed).items():
        registry.add(name, load)
    if strict:
        refuse_quarantined(registry)
    return registry


def refuse_quarantined(registry: Registry) -> None:
    """Raise `PluginsRefused` where any plugin is quarantined."""
    if registry.quarantined:
        reasons = "; ".join(f"{q.name}: {q.reason}" for q in registry.quarantined.values())
        raise PluginsRefused(f"Plugins refused in strict mode: {reasons}")


def words_of(error: BaseException) -> str:
    """Why a plugin could not be carried, for administrators; raises again where a person stops the start.

    At start nothing of a patient is at hand, so that the error's own words may be shown.
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    ours = isinstance(error, TypeError | ValueError | AttributeError) or type(error).__module__ != "builtins"
    return str(error) if ours and str(error) else f"{type(error).__name__}: {error}"


def _installed() -> dict[str, Callable[[], object]]:
    by_name: dict[str, list[EntryPoint]] = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        by_name.setdefault(entry_point.name, []).append(entry_point)
    return {name: _loader(found) for name, found in sorted(by_name.items())}


def _loader(found: list[EntryPoint]) -> Callable[[], object]:
    def load() -> object:
        targets = sorted({entry_point.value for entry_point in found})
        if len(targets) > 1:
            raise ValueError(f"Two distributions claim this name: {' and '.join(targets)}")
        loaded: object = found[0].load()
        return loaded

    return load


def _manifest_of(instance: object) -> Manifest:
    manifest = instance.manifest()  # type: ignore[attr-defined]  # an AttributeError is a readable fault
    if not isinstance(manifest, Manifest):
        raise TypeError(f"manifest() answered {type(manifest).__name__}")
    return manifest


def _refuse_faulty(instance: object, spec_classes: list[type]) -> None:
    """Try the plugin on a manager of its own: a broken one leaves nothing behind in the real one."""
    trial = pluggy.PluginManager(PROJECT)
    for spec_class in spec_classes:
        trial.add_hookspecs(spec_class)
    trial.register(instance, name="trial")
    trial.check_pending()
    for caller in trial.get_hookcallers(instance) or ():
        for implementation in caller.get_hookimpls():
            if implementation.hookwrapper or implementation.wrapper:
                raise ValueError(f"{caller.name} is a wrapper; wrappers may replace what others answered")
            if implementation.tryfirst or implementation.trylast:
                raise ValueError(f"{caller.name} asks for a place in the order; order is the host's")
            if inspect.iscoroutinefunction(implementation.function):
                raise ValueError(f"{caller.name} is asynchronous; every hook is synchronous")
