"""What the plugin registers at start takes effect in pages, roles, settings, schedule and outbox."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fetlock.contracts import Receiver
from fetlock.domain.plugins.overview import overview
from fetlock.errors import Invalid
from fetlock.jobs.models import JobState
from fetlock.platform import migrations, settings
from fetlock.tables import Base
from tests.dummy_plugin.counting import names
from tests.dummy_plugin.naming import EDIT, LABEL, NAME, VIEW
from tests.hook_contracts.hosting import SECRET, Host


@pytest.mark.req("PL-7")
def test_manifest_gives_the_plugin_its_place_and_its_tables(off_host: Host) -> None:
    with off_host.runtime.database.reading() as session:
        [view] = overview(session, off_host.runtime.registry)
    assert (view.name, view.label, view.version) == (NAME, LABEL, "1.0")
    assert (view.hook_api, view.state) == (">=0.1,<0.2", "working")
    assert set(view.tables) == {name for name in Base.metadata.tables if name.startswith("dummy_")}
    assert migrations.pending(off_host.runtime.database, off_host.runtime.registry) == []
    assert LABEL in off_host.page("administration/plugins")


@pytest.mark.req("PL-7")
def test_settings_model_makes_the_form_and_checks_it(off_host: Host) -> None:
    off_host.switch("setup")
    form = off_host.page("administration/plugins/dummy/settings")
    assert "Address of the club" in form
    assert "Discount of members, per cent" in form
    assert SECRET not in form
    with pytest.raises(Invalid) as refused:
        off_host.settings(discount=101)
    assert set(refused.value.fields) == {"discount"}
    off_host.settings(discount=8)
    runtime, site_id = off_host.runtime, off_host.clinic.records.sites["north"]
    with runtime.database.reading() as session:
        model, _ = settings.load(session, runtime.secrets, runtime.registry, NAME, site_id)
    assert (model.discount, model.api_secret.get_secret_value()) == (8, SECRET)  # type: ignore[union-attr]


@pytest.mark.req("PL-7")
def test_permissions_stand_in_the_matrix_and_open_what_names_them(host: Host) -> None:
    assert "See members of the club" in host.page("administration/roles")
    nurse = host.staff("Nurse")
    refused = nurse.get("/s/north/club")
    assert (refused.status_code, "See members of the club" in refused.text) == (403, True)
    host.grant("Nurse", VIEW)
    assert nurse.get("/s/north/club").status_code == 200
    registered = host.runtime.registry.registered("permissions")[NAME]
    fresh = {permission.key: permission.roles for permission in registered}
    assert fresh == {VIEW: {"Receptionist"}, EDIT: set()}, "the roles of a fresh installation that hold it"


@pytest.mark.req("PL-7")
def test_navigation_is_offered_to_those_with_its_permission(host: Host) -> None:
    entry = 'href="/s/north/club"'
    assert entry in host.page("administration/plugins")
    assert entry in host.page("patients", role="Receptionist")
    assert entry not in host.page("patients", role="Nurse")
    assert 'href="/s/south/club"' not in host.page("patients", site="south")


@pytest.mark.req("PL-7", "H-14")
def test_patient_tabs_lead_to_the_plugins_own_page(host: Host) -> None:
    path = f"patients/{host.clinic.patient_id}"
    assert f'href="/s/north/{path}/club"' in host.page(path, role="Receptionist")
    tab = host.page(f"{path}/club", role="Receptionist")
    assert "The club and Biscuit" in tab
    assert "Dana Whitfield" in tab, "the strip of the patient's page stands around it"
    assert f"{path}/club" not in host.page(path, role="Nurse")


@pytest.mark.req("PL-7", "PL-9")
def test_jobs_are_planned_where_the_plugin_is_on(host: Host) -> None:
    host.work_off()
    with host.runtime.database.reading() as session:
        [planned] = session.scalars(select(JobState))
    assert (planned.plugin, planned.job) == (NAME, "recheck")
    assert planned.site_id == host.clinic.records.sites["north"]
    assert planned.last_run_at is not None
    assert planned.next_run_at - planned.last_run_at <= timedelta(hours=6)


@pytest.mark.req("PL-7", "PL-8")
def test_topics_decide_what_is_posted_and_how_repeats_are_met(host: Host) -> None:
    host.clinic.entitle("bags", 3, plugin=NAME)
    host.clinic.entitle("nails", 3, plugin="elsewhere")
    added = host.add("FOOD")
    host.close(added.invoice.id)
    [parcel] = host.outbox()
    assert (parcel.plugin, parcel.topic, parcel.receiver) == (NAME, "entitlement", Receiver.TAKES_KEYS)
    assert parcel.payload["quantity"] == "1"


@pytest.mark.req("PL-2")
def test_register_hooks_are_asked_at_start_alone(host: Host) -> None:
    host.page("patients")
    host.add("NAIL")
    host.work_off()
    host.page("patients", site="south")
    host.work_off()
    registering = {name for name, info in host.runtime.registry.hooks.items() if info.kind == "register"}
    again = [name for name in registering if names().count(name) > 1]
    assert again == [], "asked once by a process, whatever comes"
