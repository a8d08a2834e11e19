"""Plugins that cannot be carried: each in quarantine with its reason, the rest works (PL-4)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from fetlock import Manifest, hookimpl
from fetlock.contracts import Job, Permission, Quote
from fetlock.hooks import PricingHooks, RegistrationHooks
from fetlock.platform.installation import Installation
from fetlock.platform.registry import PluginsRefused
from fetlock.platform.runtime import Runtime


class _Named(RegistrationHooks):
    """A sound plugin; the faulty ones below differ from it in one thing each."""

    name = "sound"
    hook_api = ">=0.1,<0.2"
    more: dict[str, Any] = {}  # noqa: RUF012  # never changed

    @hookimpl
    @override
    def manifest(self) -> Manifest:
        return Manifest(name=self.name, label="A plugin", version="1.0", hook_api=self.hook_api, **self.more)


class _OutOfRange(_Named):
    name, hook_api = "out_of_range", ">=7,<8"


class _BreaksSpec(_Named, PricingHooks):
    name = "breaks_spec"

    @hookimpl
    def propose_line_adjustments(self, quote: Quote, surprise: str) -> Sequence[Any]:  # type: ignore[override]
        return [quote, surprise]


class _StrangePermission(_Named):
    name = "strange_permission"

    @hookimpl
    @override
    def permissions(self) -> Sequence[Permission]:
        return [Permission(key="invoices.void", label="Void")]


class _TwoJobs(_Named):
    name = "two_jobs"

    @hookimpl
    @override
    def jobs(self) -> Sequence[Job]:
        from datetime import timedelta

        return [Job(key="a", label="A", every=timedelta(hours=1))] * 2


class _NoModel(_Named):
    name = "no_model"

    @hookimpl
    @override
    def settings_model(self) -> Any:
        return {"not": "a model"}


class _ForeignPrefix(_Named):
    name = "foreign_prefix"
    more = {  # noqa: RUF012
        "table_prefix": "invoice",
        "models": "core.tests.platform.sampler.models",
        "migrations": "core.tests.platform.sampler.migrations",
    }


class _MissingPrefix(_Named):
    name = "missing_prefix"
    more = {**_ForeignPrefix.more, "table_prefix": "other"}  # noqa: RUF012


def _cannot_import() -> object:
    raise ModuleNotFoundError("No module named 'phonegate'")


BROKEN: dict[str, Callable[[], object]] = {
    "cannot_import": _cannot_import,
    "out_of_range": _OutOfRange,
    "breaks_spec": _BreaksSpec,
}


@pytest.mark.req("PL-4")
def test_three_broken_plugins_cost_only_themselves(tmp_path: Path) -> None:
    runtime = Runtime.start(Installation(home=tmp_path), installed={**BROKEN, "sound": _Named})
    reasons = {name: found.reason for name, found in runtime.registry.quarantined.items()}
    assert set(reasons) == set(BROKEN)
    assert "No module named 'phonegate'" in reasons["cannot_import"]
    assert "Needs plugin API >=7,<8; this host offers 0.1" in reasons["out_of_range"]
    assert "surprise" in reasons["breaks_spec"]
    assert "sound" in runtime.registry.plugins
    runtime.close()


@pytest.mark.req("PL-4")
def test_strict_mode_refuses_and_names_all(tmp_path: Path) -> None:
    with pytest.raises(PluginsRefused) as caught:
        Runtime.start(Installation(home=tmp_path, strict_plugins=True), installed=BROKEN)
    assert all(name in str(caught.value) for name in BROKEN)


@pytest.mark.req("PL-4")
@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        (_StrangePermission, "must begin with “strange_permission.”: invoices.void"),
        (_TwoJobs, "jobs names a twice"),
        (_NoModel, "no pydantic model"),
        (_ForeignPrefix, "meets tables of the host"),
        (_MissingPrefix, "lack the prefix “other_”: sampler_sample"),
    ],
)
def test_what_a_plugin_registers_is_checked_at_start(
    tmp_path: Path, plugin: type[_Named], words: str
) -> None:
    runtime = Runtime.start(Installation(home=tmp_path), installed={plugin.name: plugin})
    assert words in runtime.registry.quarantined[plugin.name].reason
    runtime.close()
