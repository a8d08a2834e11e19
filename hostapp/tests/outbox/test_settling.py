"""What people do about entries of the outbox: retry one or many, resume, decide in doubt, drop (PL-8)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fetlock.contracts import DeliveryState
from fetlock.domain.audit.models import AuditEntry
from hostapp.tests.outbox.courier import Office
from hostapp.tests.outbox.test_list import LIST, counted, entries_in


def audited(office: Office, entry_id: int) -> list[tuple[str, str]]:
    with office.web.runtime.database.reading() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"outbox:{entry_id}").order_by(AuditEntry.id)
        )
        return [(row.action, row.reason) for row in rows]


def given_up(office: Office, subject: str = "Letter", topic: str = "letter") -> int:
    """An entry that the receiver refused for good; from now on it accepts."""
    office.courier.ends_so(topic, DeliveryState.REJECTED, "The address is unknown there.")
    entry_id = office.post(subject, topic)
    office.work_off()
    office.courier.ends.clear()
    assert office.row(entry_id).state == "given_up"
    return entry_id


def in_doubt(office: Office) -> int:
    office.courier.ends_so("call", DeliveryState.UNCLEAR, "The line broke.")
    entry_id = office.post("Call to Dana", "call")
    office.work_off()
    office.courier.ends.clear()
    assert office.row(entry_id).state == "in_doubt"
    return entry_id


@pytest.mark.req("PL-8")
def test_one_entry_is_sent_again_with_its_key_and_every_try_is_shown(office_on_both: Office) -> None:
    office = office_on_both
    office.courier.ends_so("letter", DeliveryState.RETRY, "503 service unavailable")
    entry_id = office.post("Letter to Dana", payload={"street": "Elm Street 1"})
    office.work_off()
    office.work_off(later=timedelta(minutes=1))
    assert office.row(entry_id).state == "given_up", "the rules of this worker: two tries"
    client = office.web.signed_in("Receptionist")
    page = client.get(f"{LIST}/{entry_id}").text
    assert "It did not arrive and is not tried again by itself." in page
    assert page.index("Try 2: Did not arrive") < page.index("Try 1: Did not arrive") < page.index("Stored")
    assert "Elm Street 1" in page
    office.courier.ends.clear()
    answer = client.post(f"{LIST}/{entry_id}/send-again")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{LIST}/{entry_id}")
    assert office.row(entry_id).state == "pending"
    assert "It is sent again now." in client.get(f"{LIST}/{entry_id}").text
    office.work_off()
    page = client.get(f"{LIST}/{entry_id}").text
    assert "Try 3: Accepted" in page
    assert "Sent again by hand" in page
    assert "Receptionist Smith" in page
    assert "CC-1" in page, "the receiver's reference"
    keys = {key for key, _ in office.courier.carried}
    assert keys == {str(office.row(entry_id).key)}
    assert audited(office, entry_id) == [("outbox.retry", "")]
    done = client.post(f"{LIST}/{entry_id}/send-again")
    assert (done.status_code, "there is nothing to send again" in done.text) == (409, True)


@pytest.mark.req("PL-8")
def test_retry_in_a_row_answers_the_list_under_its_filter(office: Office) -> None:
    first, second = given_up(office, "First"), given_up(office, "Second")
    client = office.web.signed_in("Receptionist")
    htmx = {"hx-request": "true"}
    answer = client.post(f"{LIST}/{second}/retry?state=given_up", headers=htmx)
    assert answer.status_code == 200
    assert entries_in(answer.text) == [first], "it is no longer under this filter"
    assert "Second is sent again now." in answer.text
    assert "Second is sent again now." in answer.headers["hx-trigger"]
    assert 'hx-swap-oob="innerHTML:#flashes"' in answer.text
    doubtful = in_doubt(office)
    refused = client.post(f"{LIST}/{doubtful}/retry", headers=htmx)
    assert "It may have arrived already." in refused.text
    assert entries_in(refused.text) == [doubtful, second, first], "the list stays whole"
    assert office.row(doubtful).state == "in_doubt"
    plain = client.post(f"{LIST}/{first}/retry?state=given_up")
    assert (plain.status_code, plain.headers["location"]) == (303, f"{LIST}?state=given_up")


@pytest.mark.req("PL-8")
def test_all_that_failed_of_a_filter_goes_again_and_nothing_in_doubt(office_on_both: Office) -> None:
    office = office_on_both
    letters = [given_up(office, f"Letter {n}") for n in range(3)]
    call = given_up(office, "Call", "call")
    doubtful = in_doubt(office)
    office.courier.ends_so("letter", DeliveryState.CONFLICT)
    conflict = office.post("Conflict")
    office.work_off()
    office.courier.ends.clear()
    elsewhere = office.post("South", site="south")
    client = office.web.signed_in("Receptionist")
    page = client.get(LIST, params={"topic": "letter"}).text
    assert 'data-confirm-title="Send 3 failed entries again?"' in page, "it asks first, and says how many"
    tried = len(office.courier.carried)
    answer = client.post(f"{LIST}/send-failed", data={"topic": "letter"})
    assert answer.headers["location"] == f"{LIST}?topic=letter"
    assert "3 entries are sent again now." in client.get(answer.headers["location"]).text
    assert [office.row(one).state for one in letters] == ["pending"] * 3
    assert office.row(call).state == "given_up", "not of this filter"
    office.work_off()
    assert [office.row(one).state for one in letters] == ["sent"] * 3
    assert (office.row(doubtful).state, office.row(conflict).state) == ("in_doubt", "conflict")
    assert len(office.courier.carried) == tried + 4, "three letters, and the one of the other site"
    assert office.row(elsewhere).state == "sent"
    assert [audited(office, one) for one in letters] == [[("outbox.retry", "")]] * 3
    again = client.post(f"{LIST}/send-failed", data={"topic": "letter"})
    assert "Nothing of this filter has failed any more." in client.get(again.headers["location"]).text


@pytest.mark.req("PL-8", "PL-2")
def test_what_belongs_to_a_plugin_that_is_off_stays_and_says_so(office: Office) -> None:
    entry_id = given_up(office)
    held = office.post("Held", held=True)
    office.web.clinic.switch("courier", "off")
    client = office.web.signed_in("Receptionist")
    for step in ("send-failed", "resume"):
        answer = client.post(f"{LIST}/{step}")
        assert "City Courier is off here." in client.get(answer.headers["location"]).text
    page = client.get(f"{LIST}/{held}").text
    assert 'aria-disabled="true" aria-describedby="shut"' in page
    assert "It goes out when the plugin is on." in page
    refused = client.post(f"{LIST}/{entry_id}/send-again")
    assert (refused.status_code, "City Courier is off here." in refused.text) == (409, True)
    assert (office.row(entry_id).state, office.row(held).state) == ("given_up", "held")
    office.web.clinic.switch("courier", "on")
    assert "Resume 1 held" in client.get(LIST).text
    client.post(f"{LIST}/resume")
    assert office.row(held).state == "pending"
    assert audited(office, held) == [("outbox.resume", "")]
    assert "Resumed after it was held" in client.get(f"{LIST}/{held}").text


@pytest.mark.req("PL-8")
def test_in_doubt_only_somebody_who_has_looked_sends_again(office_on_both: Office) -> None:
    office = office_on_both
    entry_id = in_doubt(office)
    office.work_off(later=timedelta(days=3))
    assert (len(office.courier.carried), office.row(entry_id).state) == (1, "in_doubt")
    client = office.web.signed_in("Receptionist")
    assert "data-open" not in client.get(f"{LIST}/{entry_id}").text
    asked = client.get(f"{LIST}/{entry_id}?ask=send").text
    assert '<dialog id="ask-send" aria-labelledby="ask-send-title" data-open>' in asked
    assert "sending it again makes it happen twice" in asked
    refused = client.post(f"{LIST}/{entry_id}/send-again")
    assert refused.status_code == 409
    assert "data-open" in refused.text, "the question stands open with what is missing"
    assert "Look at the receiver first" in refused.text
    assert office.row(entry_id).state == "in_doubt"
    assert client.post(f"{LIST}/{entry_id}/send-again", data={"sure": "1"}).status_code == 303
    office.work_off()
    assert (len(office.courier.carried), office.row(entry_id).state) == (2, "sent")


@pytest.mark.req("PL-8")
def test_what_was_in_doubt_stays_a_question_after_it_was_dropped(office: Office) -> None:
    entry_id = in_doubt(office)
    client = office.web.signed_in("Receptionist")
    client.post(f"{LIST}/{entry_id}/drop", data={"reason": "It had arrived."})
    assert client.post(f"{LIST}/{entry_id}/send-again").status_code == 409
    assert office.row(entry_id).state == "dropped"
    assert client.post(f"{LIST}/{entry_id}/send-again", data={"sure": "1"}).status_code == 303
    never_tried = office.post("Never tried", "call")
    client.post(f"{LIST}/{never_tried}/drop", data={"reason": "x"})
    assert client.post(f"{LIST}/{never_tried}/send-again").status_code == 303


@pytest.mark.req("PL-8")
def test_dropping_needs_a_reason_and_is_kept_with_a_name(office: Office) -> None:
    entry_id = given_up(office)
    client = office.web.signed_in("Receptionist")
    refused = client.post(f"{LIST}/{entry_id}/drop", data={"reason": "   "})
    assert refused.status_code == 422
    assert 'id="f-reason-error"' in refused.text
    assert '<dialog id="ask-drop" aria-labelledby="ask-drop-title" data-open>' in refused.text
    assert office.row(entry_id).state == "given_up"
    assert client.post(f"{LIST}/{entry_id}/drop", data={"reason": "Settled by phone <b>"}).status_code == 303
    assert audited(office, entry_id) == [("outbox.drop", "Settled by phone <b>")]
    page = client.get(f"{LIST}/{entry_id}").text
    assert "Settled by phone &lt;b&gt;" in page
    assert "Receptionist Smith" in page
    again = client.post(f"{LIST}/{entry_id}/drop", data={"reason": "twice"})
    assert again.status_code == 409
    assert "This is dropped; it can&#39;t be dropped." in again.text


@pytest.mark.req("PL-8")
def test_an_entry_says_what_it_waits_behind(office: Office) -> None:
    office.courier.ends_so("letter", DeliveryState.RETRY)
    first = office.post("First", aggregate="plan:1")
    office.work_off()
    second = office.post("Second", aggregate="plan:1")
    office.post("Other order", aggregate="plan:2")
    client = office.web.signed_in("Receptionist")
    page = client.get(f"{LIST}/{second}").text
    assert f'Waits behind <a href="{LIST}/{first}">an earlier entry</a>' in page
    assert "Waits behind" not in client.get(f"{LIST}/{first}").text


def test_one_entry_takes_a_fixed_number_of_statements(office: Office) -> None:
    entry_id = given_up(office)
    client = office.web.signed_in("Receptionist")
    for _ in range(3):
        client.post(f"{LIST}/{entry_id}/send-again")
        office.work_off()
        client.get(f"{LIST}/{entry_id}")
        with counted(office.web) as statements:
            client.get(f"{LIST}/{entry_id}")
        # two of the gate; the entry, its tries, what people did, the state of the plugin, the worker
        assert len(statements) == 8, "\n".join(statements)
        office.courier.ends_so("letter", DeliveryState.REJECTED)
