"""Switching a plugin at a site between off, set-up and on, at run time (PL-2)."""

from enum import StrEnum

from sqlalchemy import func, select, update

from fetlock import clock
from fetlock.domain.audit import service as audit
from fetlock.domain.invoices.models import Invoice, InvoiceLine, InvoiceState, PriceStep
from fetlock.domain.plugins.models import PluginInstalled
from fetlock.domain.plugins.settings import mirror_switches
from fetlock.errors import Conflict, Invalid, NotFound
from fetlock.outbox.contained import ask_contained
from fetlock.outbox.models import AskRow, OutboxRow, OutboxState
from fetlock.outbox.store import tell_of
from fetlock.outbox.waking import Lane, wake
from fetlock.platform import settings
from fetlock.platform.secrets import KeyUnreadable, Secrets
from fetlock.work import Work

OPEN_INVOICES = (InvoiceState.OPEN.value, InvoiceState.REOPENED.value)
QUEUED = (OutboxState.PENDING.value, OutboxState.FAILED.value, OutboxState.SENDING.value)


class PluginState(StrEnum):
    """`SETUP` opens the plugin's settings to administrators and nothing else."""

    OFF = "off"
    SETUP = "setup"
    ON = "on"


def set_state(
    work: Work, plugin: str, state: str, reason: str = "", *, secrets: Secrets | None = None
) -> PluginState:
    """Switch `plugin` at the work's site; answers the state before.

    Switching on resumes what was held; switching off (or back to set-up) holds it, and marks the site's
    open invoices whose prices it took part in: they must be repriced before they close. `secrets`:
    with them, switching on first checks that the settings are complete. Raises `NotFound`, `Conflict`.
    """
    work.require("plugins.switch")
    wanted = _state_called(state)
    label = _require_switchable(work, plugin, wanted)
    work.session.refresh(work.site, with_for_update=True)
    entry = dict(work.site.plugins.get(plugin, {"state": PluginState.OFF.value}))
    before = PluginState(entry["state"])
    if before is wanted:
        return before
    if wanted is PluginState.ON and secrets is not None:
        _require_complete(work, secrets, plugin, label)
    work.site.plugins = {**work.site.plugins, plugin: entry | {"state": wanted.value}}
    work.session.flush()
    _follow(work, plugin, label, before, wanted)
    audit.record(
        work.session,
        "plugin.switch",
        staff_id=work.actor.staff_id,
        site_id=work.site.id,
        subject=f"plugin:{plugin}",
        reason=reason,
        detail={"from": before.value, "to": wanted.value},
    )
    return before


def hangs_on(work: Work, plugin: str) -> list[str]:
    """What hangs on `plugin` at this site, a sentence each: shown before it is switched off (PL-2)."""
    found = []
    invoices = len(_invoices_priced_by(work, plugin))
    if invoices:
        found.append(
            f"{_counted(invoices, 'open invoice has', 'open invoices have')} prices that it took part in. "
            "They must be repriced before they close."
        )
    queued = work.session.scalar(
        select(func.count())
        .select_from(OutboxRow)
        .where(
            OutboxRow.plugin == plugin,
            OutboxRow.site_id == work.site.id,
            OutboxRow.state.in_([*QUEUED, OutboxState.CONFLICT.value, OutboxState.IN_DOUBT.value]),
        )
    )
    if queued:
        found.append(
            f"{_counted(queued, 'entry waits', 'entries wait')} to be sent. "
            "They are held, and resumed when the plugin is on again."
        )
    # nothing of a plugin runs where it isn't on
    answer = None
    if plugin in work.enabled:
        answer = ask_contained(work.session, work.hooks, "open_work", work, plugin)
    if answer is not None and answer.failure is None:
        found += answer.value
    return found


def held_count(work: Work, plugin: str) -> int:
    """How many rows are held at this site because the plugin is not on."""
    count = work.session.scalar(
        select(func.count())
        .select_from(OutboxRow)
        .where(
            OutboxRow.plugin == plugin,
            OutboxRow.site_id == work.site.id,
            OutboxRow.state == OutboxState.HELD.value,
        )
    )
    return count or 0


def _state_called(state: str) -> PluginState:
    try:
        return PluginState(state)
    except ValueError:
        raise Invalid({"state": "A plugin is off, setup or on."}) from None


def _require_switchable(work: Work, plugin: str, wanted: PluginState) -> str:
    """The plugin's label; raises where it can't be switched so."""
    registry = work.hooks.registry
    known = registry.plugins.get(plugin)
    if known is not None:
        if known.builtin:
            raise Conflict(f"{known.manifest.label} belongs to the host; it is always on.")
        return known.manifest.label
    if plugin in registry.quarantined and wanted is not PluginState.OFF:
        raise Conflict(f"{plugin} is in quarantine. {registry.quarantined[plugin].reason}")
    if plugin not in registry.quarantined and plugin not in work.site.plugins:
        raise NotFound(f"There is no plugin “{plugin}”. Installed: {', '.join(_names(work)) or 'none'}.")
    if wanted is not PluginState.OFF:
        raise Conflict(f"{plugin} is not installed.")
    return plugin


def _names(work: Work) -> list[str]:
    return sorted(name for name, plugin in work.hooks.registry.plugins.items() if not plugin.builtin)


def _require_complete(work: Work, secrets: Secrets, plugin: str, label: str) -> None:
    try:
        settings.load(work.session, secrets, work.hooks.registry, plugin, work.site.id)
    except Invalid as error:
        fields = ", ".join(name for name in error.fields if name) or "its settings"
        raise Conflict(
            f"{label} needs its settings first ({fields}). Choose set-up, then fill them in."
        ) from None
    except KeyUnreadable as error:
        raise Conflict(f"{label} can't read its credentials. {error.message}") from None


def _follow(work: Work, plugin: str, label: str, before: PluginState, wanted: PluginState) -> None:
    """What a change of state does to the things that hang on the plugin."""
    model = settings.model_of(work.hooks.registry, plugin)
    if model is not None:
        mirror_switches(work.session, plugin, model, work.site)
    why = f"{label} was switched off."
    work.enabled = work.enabled - {plugin}
    if wanted is not PluginState.OFF:  # what was exported before is not all there is from now on
        work.session.execute(
            update(PluginInstalled).where(PluginInstalled.name == plugin).values(exported_at=None)
        )
    if wanted is PluginState.ON:
        work.enabled = work.enabled | {plugin}
        _move_rows(work, plugin, OutboxState.HELD.value, OutboxState.PENDING.value)
        _unmark_invoices(work, why)
    elif before is PluginState.ON:
        for state in (OutboxState.PENDING.value, OutboxState.FAILED.value):
            _move_rows(work, plugin, state, OutboxState.HELD.value)
        _mark_invoices(work, plugin, why)
    if wanted is PluginState.OFF:
        work.session.execute(
            update(AskRow)
            .where(AskRow.plugin == plugin, AskRow.site_id == work.site.id, AskRow.state == "pending")
            .values(state="answered", ok=False, message=why, sealed=None, answered_at=clock.now())
        )


def _move_rows(work: Work, plugin: str, old: str, new: str) -> None:
    wake(work.session, Lane.PARCELS)
    tell_of(work.session, work.site.id)
    work.session.execute(
        update(OutboxRow)
        .where(OutboxRow.plugin == plugin, OutboxRow.site_id == work.site.id, OutboxRow.state == old)
        .values(state=new, next_attempt_at=clock.now(), lease_until=None, lease_owner="")
    )


def _mark_invoices(work: Work, plugin: str, why: str) -> None:
    invoices = _invoices_priced_by(work, plugin)
    if invoices:
        work.session.execute(
            update(Invoice)
            .where(Invoice.id.in_(invoices))
            .values(must_reprice=why, revision=Invoice.revision + 1)
        )


def _unmark_invoices(work: Work, why: str) -> None:
    """Those not repriced meanwhile stand as they were priced: with the plugin."""
    work.session.execute(
        update(Invoice)
        .where(Invoice.site_id == work.site.id, Invoice.must_reprice == why)
        .values(must_reprice="", revision=Invoice.revision + 1)
    )


def _invoices_priced_by(work: Work, plugin: str) -> list[int]:
    """Open invoices of this site with a line whose price the plugin took part in."""
    return list(
        work.session.scalars(
            select(Invoice.id)
            .where(
                Invoice.site_id == work.site.id,
                Invoice.state.in_(OPEN_INVOICES),
                select(PriceStep.line_id)
                .join(InvoiceLine, InvoiceLine.id == PriceStep.line_id)
                .where(
                    InvoiceLine.invoice_id == Invoice.id,
                    InvoiceLine.removed_at.is_(None),
                    PriceStep.plugin == plugin,
                )
                .exists(),
            )
            .order_by(Invoice.id)
        )
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
