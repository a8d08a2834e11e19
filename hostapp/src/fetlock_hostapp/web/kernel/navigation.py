"""The menus: what this person may open at this site, with the entry of the present page marked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fetlock.contracts.registration import NavigationItem
from fetlock_hostapp.web.kernel.discovery import AdministrationItem


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry as templates draw it; `href` is a whole address."""

    label: str
    href: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Menus:
    """Everything that could be offered: the host's entries, and each plugin's by its name."""

    host: tuple[NavigationItem, ...]
    plugins: dict[str, tuple[NavigationItem, ...]]
    administration: tuple[AdministrationItem, ...]

    def main(
        self, base: str, path: str, may: Callable[[str], bool], enabled: Iterable[str]
    ) -> list[MenuEntry]:
        """The main menu: `base` is the address of the site, `path` that of the page."""
        items = [*self.host, *(item for name in enabled for item in self.plugins.get(name, ()))]
        items.sort(key=lambda item: (item.weight, item.label))
        offered = [(item.label, item.href, item.icon) for item in items if may(item.permission)]
        entries = _marked(base, path, offered)
        administration = self.administration_menu(base, path, may)
        if administration:
            first = administration[0][1][0]
            inside = any(entry.current for _, group in administration for entry in group)
            if inside:
                entries = [MenuEntry(e.label, e.href, e.icon, False) for e in entries]
            entries.append(MenuEntry("Administration", first.href, "gear", inside))
        return entries

    def administration_menu(
        self, base: str, path: str, may: Callable[[str], bool]
    ) -> list[tuple[str, list[MenuEntry]]]:
        """The side menu of administration: headings with their entries, in order."""
        items = sorted(
            (item for item in self.administration if may(item.permission)),
            key=lambda item: (item.weight, item.label),
        )
        entries = _marked(base, path, [(item.label, item.href, item.icon) for item in items])
        groups: dict[str, list[MenuEntry]] = {}
        for item, entry in zip(items, entries, strict=True):
            groups.setdefault(item.heading, []).append(entry)
        return list(groups.items())


def _marked(base: str, path: str, offered: Sequence[tuple[str, str, str]]) -> list[MenuEntry]:
    """Entries with whole addresses; the longest one that leads to `path` is the current one."""
    entries = [(label, f"{base}/{href.strip('/')}", icon) for label, href, icon in offered]
    leading = [href for _, href, _ in entries if path == href or path.startswith(f"{href}/")]
    current = max(leading, key=len, default="")
    return [MenuEntry(label, href, icon, href == current) for label, href, icon in entries]
