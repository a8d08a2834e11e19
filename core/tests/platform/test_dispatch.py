"""Calling hooks: an order of their own, the plugins that are on, and each failure contained (PL-5)."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from typing_extensions import override

from fetlock import HOOK_API, Manifest, hookimpl
from fetlock.builtin.pricelist import PriceList
from fetlock.contracts import InvoiceFacts, Notice, SiteFacts
from fetlock.hooks import PricingHooks, RegistrationHooks
from fetlock.platform.dispatch import Dispatcher
from fetlock.platform.registry import load_registry

SITE = SiteFacts(site_id=1, slug="n", name="North", currency="USD", time_zone="UTC")
INVOICE = InvoiceFacts(
    invoice_id=1,
    number=None,
    state="open",
    revision=1,
    site=SITE,
    client_id=1,
    patient_ids=(),
    gross=0,  # type: ignore[arg-type]  # nobody looks at it here
    balance=0,  # type: ignore[arg-type]
)


class Noticing(RegistrationHooks, PricingHooks):
    """Answers its one notice, or whatever a test wants."""

    def __init__(self, name: str, weight: int = 100, answer: Any = None) -> None:
        self.name, self.weight, self.answer = name, weight, answer
        self.calls = 0

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(
            name=self.name,
            label=self.name,
            version=f"1.{self.weight}",
            hook_api=f"=={HOOK_API}",
            weight=self.weight,
        )

    @hookimpl
    @override
    def invoice_notices(self, invoice: InvoiceFacts) -> Sequence[Notice]:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return [Notice(key="n", kind="info", title=self.name)] if self.answer is None else self.answer


def dispatcher(*plugins: Noticing) -> Dispatcher:
    def loader(plugin: Noticing) -> Any:
        return lambda: plugin

    installed = {plugin.name: loader(plugin) for plugin in plugins}
    return Dispatcher(load_registry(builtins=(PriceList(),), installed=installed, strict=True))


def names(hooks: Dispatcher, *enabled: str) -> list[str]:
    return [answer.plugin for answer in hooks.call("invoice_notices", INVOICE, frozenset(enabled))]


def test_by_weight_then_by_name_whatever_order_they_were_installed_in() -> None:
    plugins = [Noticing("bb"), Noticing("zz", 10), Noticing("aa"), Noticing("mm", 200)]
    for order in (plugins, plugins[::-1]):
        hooks = dispatcher(*order)
        assert names(hooks, "aa", "bb", "mm", "zz") == ["zz", "aa", "bb", "mm"]
        assert hooks.implementers("invoice_notices", frozenset({"aa", "bb", "mm", "zz"})) == (
            "zz",
            "aa",
            "bb",
            "mm",
        )


@pytest.mark.req("PL-2")
def test_only_those_that_are_on_are_called_and_each_set_is_told_apart() -> None:
    on, off = Noticing("on"), Noticing("off")
    hooks = dispatcher(on, off)
    for _ in range(2):
        assert names(hooks, "on") == ["on"]
    assert off.calls == 0
    assert names(hooks, "on", "off", "unknown") == ["off", "on"]
    assert names(hooks) == []


@pytest.mark.req("PL-1")
def test_without_any_plugin_the_hosts_own_still_answer() -> None:
    hooks = dispatcher()
    assert hooks.implementers("propose_line_adjustments", frozenset()) == ("pricelist",)
    assert names(hooks) == []
    assert hooks.call_plugin("invoice_notices", INVOICE, "absent") is None


@pytest.mark.req("PL-5")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (KeyError("Biscuit Whitfield"), "KeyError"),
        (RecursionError(), "RecursionError"),
        ("a text", "TypeError"),
        ({"not": "a sequence"}, "TypeError"),
        (["not a notice"], "TypeError"),
        (7, "TypeError"),
    ],
    ids=["raises", "recursion", "text", "mapping", "other items", "number"],
)
def test_a_failure_costs_its_own_plugin_and_no_other(
    answer: Any, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    hooks = dispatcher(Noticing("aa"), Noticing("broken", 50, answer), Noticing("zz"))
    with caplog.at_level(logging.ERROR, "fetlock.incidents"):
        first, second, third = hooks.call("invoice_notices", INVOICE, frozenset({"aa", "broken", "zz"}))
    assert first.failure is not None
    assert (first.plugin, first.version, first.failure.reason, first.value) == (
        "broken",
        "1.50",
        reason,
        None,
    )
    assert [answer.value[0].title for answer in (second, third)] == ["aa", "zz"]
    (logged,) = caplog.messages
    failed = f"incident {first.failure.incident}: plugin broken failed in invoice_notices at site "
    assert failed in logged
    assert "Whitfield" not in logged, "what an exception says may name a client"


@pytest.mark.req("PL-5")
@pytest.mark.parametrize("ending", [KeyboardInterrupt(), SystemExit(0), GeneratorExit()])
def test_a_plugin_cannot_end_the_program(ending: BaseException) -> None:
    """Where hooks run, in threads of the pages and of the worker, no signal of a person ever arrives."""
    hooks = dispatcher(Ending(ending))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(hooks.call_plugin, "invoice_notices", INVOICE, "ending").result()
    assert answer is not None
    assert answer.failure is not None
    assert answer.failure.reason == type(ending).__name__


def test_a_person_can_end_the_program_while_a_plugin_runs() -> None:
    """A command of the program runs in the main thread, and that is where Ctrl-C arrives."""
    with pytest.raises(KeyboardInterrupt):
        dispatcher(Ending(KeyboardInterrupt())).call_plugin("invoice_notices", INVOICE, "ending")


class Ending(Noticing):
    """Raises what usually ends a program."""

    def __init__(self, ending: BaseException) -> None:
        super().__init__("ending")
        self.ending = ending

    @hookimpl
    @override
    def invoice_notices(self, invoice: InvoiceFacts) -> Sequence[Notice]:
        raise self.ending


def test_one_plugin_alone_can_be_asked() -> None:
    a, b = Noticing("aa"), Noticing("bb")
    answer = dispatcher(a, b).call_plugin("invoice_notices", INVOICE, "bb")
    assert answer is not None
    assert (answer.plugin, a.calls, b.calls) == ("bb", 0, 1)
