"""The plan's page as a browser's scripts fetch it, read for tests."""

import re

import httpx

from plugins.careplans_covetrus.tests.practice import Practice

HTMX = {"HX-Request": "true"}


def address(practice: Practice, path: str = "", site: str = "north") -> str:
    return f"/s/{site}/careplans/patients/{practice.clinic.patient_id}{path}"


def plan_text(practice: Practice, desk: httpx.Client, term: int | None = None) -> str:
    query = "" if term is None else f"?term={practice.plans()[0].terms[term].term_id}"
    answer = desk.get(address(practice, f"/plans/1{query}"), headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


def row_of(html: str, name: str) -> str:
    """The words of a service's row."""
    rows = [row for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if f"<b>{name}</b>" in row]
    assert len(rows) == 1
    return " ".join(re.sub(r"<[^>]+>", " ", rows[0]).split())


def add(
    practice: Practice, desk: httpx.Client, code: str, where: str, item: str | None = None
) -> httpx.Response:
    found = practice.item(item or code)
    data = {"code": code, "where": where, "term": str(practice.plans()[0].terms[0].term_id)}
    return desk.post(address(practice, f"/plans/1/items/{found.item_id}"), data=data, headers=HTMX)


def press(desk: httpx.Client, html: str) -> httpx.Response:
    """Press Refresh as the page offers it."""
    found = re.search(r'id="careplan-refresh"[^>]*hx-post="([^"]+)"[^>]*hx-vals="([^"]+)"', html)
    assert found is not None
    values = dict(re.findall(r"&#34;(\w+)&#34;: (?:&#34;)?([^&,}]*)", found[2]))
    answer = desk.post(found[1], data=values, headers=HTMX)
    assert answer.status_code in (200, 201), answer.text
    return answer


def answer_of(practice: Practice, desk: httpx.Client, looking: httpx.Response) -> httpx.Response:
    """Let the worker answer, then look as the page does."""
    practice.work_off()
    poll = re.search(r'hx-get="([^"]+)"', looking.text)
    assert poll is not None
    return desk.get(poll[1].replace("&amp;", "&"), headers=HTMX)
