"""What the patient's page shows of plans: panels, the icon, the list of the plans tab, what to look up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fetlock import clock
from fetlock.contracts import Actor, Meters, Text
from fetlock_careplans_covetrus import lookups, panels
from fetlock_careplans_covetrus.naming import NAME, VIEW
from plugins.careplans_covetrus.tests.practice import Practice, later


@pytest.fixture
def gold(practice: Practice) -> Practice:
    """57A has a plan with two services, renewed early."""
    items = [
        {"code": "NAIL", "name": "Nails", "included": 3},
        {"code": "EXAM", "name": "Exams", "included": 1},
    ]
    practice.plan(terms=[{"items": items}, {"items": items, "flagged_early": True}])
    practice.refresh()
    return practice


@pytest.mark.req("CP-36", "CP-40")
def test_the_summary_panel_counts_what_is_left(gold: Practice) -> None:
    gold.add(("NAIL", 1))
    with gold.context() as context:
        (panel,) = panels.panels(context)
    assert panel.title == "Care Plan: Gold"
    assert panel.status is not None
    assert (panel.status.kind, panel.status.text) == ("ok", "Active")
    words, meters = panel.blocks
    assert isinstance(words, Text)
    assert "next term can be used already" in words.text
    assert isinstance(meters, Meters)
    shown = [[meter.label, meter.posted, meter.reserved, meter.left] for meter in meters.rows]
    assert shown == [["Nails", 0, 1, 2], ["Exams", 0, 0, 1]]
    assert panel.links[0].href == f"patients/{gold.clinic.patient_id}/plans?plan={NAME}-1"


def test_the_panel_shows_what_is_left_before_what_is_used_up(practice: Practice) -> None:
    items = [{"code": f"X{n}", "name": f"X{n}", "included": 1, "used": int(n in (0, 3))} for n in range(9)]
    practice.plan(items)
    practice.refresh()
    with practice.context() as context:
        (panel,) = panels.panels(context)
    meters = panel.blocks[1]
    assert isinstance(meters, Meters)
    assert [meter.label for meter in meters.rows] == ["X1", "X2", "X4", "X5", "X6", "X7"]
    assert panel.links[0].text == "All 9 items"


@pytest.mark.req("CP-44")
@pytest.mark.parametrize(
    ("statuses", "label"),
    [
        ([], None),
        (["cancelled"], None),
        (["suspended"], None),
        (["active"], "Care Plan: Gold, active"),
        (["cancelled", "active"], "Care Plan: Gold, active"),
        (["active", "active"], "Care Plan: Gold, Care Plan: Gold, active"),
    ],
)
def test_the_icon_is_there_exactly_when_a_plan_is_active(
    practice: Practice, statuses: list[str], label: str | None
) -> None:
    for place, status in enumerate(statuses):
        practice.plan([{"code": "NAIL"}], plan_id=f"P{place}", status=status)
    practice.refresh()
    with practice.context() as context:
        icons = panels.icons(context)
    assert [icon.label for icon in icons] == ([] if label is None else [label])
    assert all(icon.href == f"patients/{practice.clinic.patient_id}/plans" for icon in icons)


@pytest.mark.req("CP-36", "CP-37", "CP-45")
def test_the_tab_lists_every_plan_with_prefix_and_state(gold: Practice) -> None:
    gold.plan([{"code": "NAIL"}], plan_id="P0", name="Old", status="cancelled")
    gold.refresh()
    with gold.context() as context:
        plans = panels.benefit_plans(context)
    assert [(plan.name, plan.status.text, plan.ended) for plan in plans] == [
        ("Care Plan: Gold", "Active", False),
        ("Care Plan: Old", "Cancelled", True),
    ]
    assert all(plan.outside for plan in plans)
    terms = gold.plans()[0].terms
    assert (plans[0].valid_from, plans[0].valid_to) == (terms[0].starts_on, terms[1].expires_on)


@pytest.mark.req("CP-37")
@pytest.mark.parametrize(
    ("status", "kind", "word"),
    [
        ("active", "ok", "Active"),
        ("suspended", "warn", "Suspended"),
        ("cancelled", "off", "Cancelled"),
        ("expired", "off", "Expired"),
        ("pending", "wait", "Pending"),
        ("in_review", "open", "In review"),
    ],
)
def test_the_status_is_a_shape_and_a_word(practice: Practice, status: str, kind: str, word: str) -> None:
    practice.plan([{"code": "NAIL"}], status=status)
    practice.refresh()
    with practice.context() as context:
        (plan,) = panels.benefit_plans(context)
    assert (plan.status.kind, plan.status.text) == (kind, word)


def test_nothing_is_shown_without_the_permission(gold: Practice) -> None:
    with gold.context() as context:
        stranger = replace(context, viewer=Actor(staff_id=1, name="Nobody"))
        seen = [
            panels.panels(stranger),
            panels.icons(stranger),
            panels.benefit_plans(stranger),
            panels.no_benefit_plans(stranger),
        ]
    assert seen == [(), (), (), ()]


@pytest.mark.req("CP-49", "CP-51")
def test_services_keep_the_vendors_order(practice: Practice) -> None:
    items = [{"code": "NAIL", "position": 2}, {"code": "EXAM", "position": 1}]
    practice.plan(items)
    practice.refresh()
    assert [item.name for item in practice.plans()[0].terms[0].items] == ["EXAM", "NAIL"]
    practice.vendor.call("PATCH", "/plans/P1/items/P1-T1-NAIL", {"position": 0})
    practice.refresh()
    assert [item.name for item in practice.plans()[0].terms[0].items] == ["NAIL", "EXAM"]


@pytest.mark.req("CP-1", "CP-53")
def test_opening_a_record_looks_the_patient_up_when_what_is_known_is_old(practice: Practice) -> None:
    practice.plan([{"code": "NAIL"}])
    with practice.context() as context:
        (wanted,) = lookups.questions(context)
    assert (wanted.data["client_code"], wanted.data["patient_code"]) == ("57", "57A")
    practice.refresh()
    with practice.context() as context:
        assert lookups.questions(context) == ()
    with later(minutes=16), practice.context() as context:
        assert lookups.questions(context) == (wanted,)


@pytest.mark.req("CP-53")
def test_a_vendor_that_is_away_is_not_asked_again_with_every_opening(practice: Practice) -> None:
    practice.vendor.fault("error500")
    practice.refresh()
    with practice.context() as context:
        assert lookups.questions(context) == ()
    with later(minutes=2), practice.context() as context:
        assert len(lookups.questions(context)) == 1


@pytest.mark.req("CP-2")
def test_nothing_is_looked_up_before_the_account_is_entered(practice: Practice) -> None:
    practice.settings(api_key="")
    with practice.context() as context:
        assert lookups.questions(context) == ()


@pytest.mark.req("CP-2")
def test_off_means_no_hook_is_called(gold: Practice) -> None:
    clinic = gold.clinic
    clinic.switch(NAME, "off", site="north")
    hooks = ("patient_panels", "patient_icons", "benefit_plans", "no_benefit_plans", "patient_questions")
    with clinic.reading() as session:
        off = clinic.work(session, site="north").enabled
        on = clinic.work(session, site="south").enabled
    for hook in hooks:
        assert NAME not in clinic.hooks.implementers(hook, off)
        assert NAME in clinic.hooks.implementers(hook, on)
    lines = [gold.add(("NAIL", 1), site=site).line_ids[0] for site in ("north", "south")]
    assert [gold.line(line).net for line in lines] == [30, 0]


def test_a_term_that_is_over_gives_way_to_the_next(gold: Practice) -> None:
    first = gold.plans()[0].terms[0]
    with clock.set_to(clock.now() + timedelta(days=400)), gold.context() as context:
        shown = gold.plans()[0]
        assert shown.current(context.day) == shown.terms[1] != first
        (plan,) = panels.benefit_plans(context)
    assert plan.valid_from == shown.terms[1].starts_on


def test_permission_keys_are_the_plugins_own() -> None:
    assert VIEW.startswith(f"{NAME}.")
