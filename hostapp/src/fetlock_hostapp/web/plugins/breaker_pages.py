"""Hooks of plugins that are left alone after failures: shown with reason and time, and reset (PL-5)."""

from dataclasses import dataclass

from litestar import post

from fetlock.domain.plugins.standing import State
from fetlock.domain.staff.reach import reach_of
from fetlock.platform import breaker
from fetlock.platform.breaker import BreakerState
from fetlock_hostapp.plugin import Desk, FormData, FromPath, Html, StaffRequest, writing
from fetlock_hostapp.web.plugins.showing import BASE

LOOKS = {
    State.OPEN: ("bad", "Left alone"),
    State.TRIAL: ("work", "Tried again with the next call"),
    State.FAILING: ("warn", "Failing"),
    State.CLOSED: ("ok", "Works again"),
}
"""How a state looks, with its words."""


@dataclass(frozen=True, slots=True)
class BreakerRow:
    """A hook that failed of late, with the site's name and how its state looks."""

    label: str
    site: str
    slug: str
    look: tuple[str, str]
    state: BreakerState
    may_reset: bool


@post(f"/{BASE}/{{name:str}}/breakers/reset", permission="plugins.switch", sync_to_thread=True)
def reset_breakers(request: StaffRequest, name: FromPath[str], data: FormData) -> Html:
    """Call the plugin's hooks at this site again, at once; audited."""

    def work(desk: Desk) -> Html:
        hooks = breaker.reset(desk.work, name)
        told = f"{', '.join(hooks)} at {desk.site.name}: called again from now on."
        if data.text("back") in {site.slug for site in desk.sites}:
            return desk.redirect_to(f"/s/{data.text('back')}/{BASE}", ok=told)
        return desk.redirect(BASE, ok=told)

    return writing(request, work)


def breaker_rows(desk: Desk) -> list[BreakerRow]:
    """What fails at the sites of this person, as the list of plugins shows it."""
    sites = {site.id: site for site in desk.sites}
    mine = reach_of(desk.session, desk.person.id)
    labels = {name: plugin.manifest.label for name, plugin in desk.hooks.registry.plugins.items()}
    return [
        BreakerRow(
            label=labels.get(row.plugin, row.plugin),
            site=sites[row.site_id].name if row.site_id is not None else "All sites",
            slug=sites[row.site_id].slug if row.site_id is not None else "",
            look=LOOKS[row.state],
            state=row,
            may_reset=row.site_id is not None
            and row.retry_at is not None
            and mine.at(row.site_id).may("plugins.switch"),
        )
        for row in breaker.states(desk.session, site_ids=sites)
        if row.state is not State.CLOSED
    ]


HANDLERS = [reset_breakers]
