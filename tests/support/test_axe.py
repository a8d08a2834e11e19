"""The vendored axe-core finds what a page does wrong."""

import hashlib

from tests.support.axe import AXE_FILE, axe
from tests.support.browser import Visitor

_GOOD = """<!doctype html><html lang="en"><head><title>Patients</title></head><body>
<main><h1>Patients</h1><form><label for="q">Search</label><input id="q"></form></main></body></html>"""
_BAD = _GOOD.replace('<label for="q">Search</label>', "")
# A policy as strict as the host's own: the check must not need the page to allow it.
_STRICT = '<head><meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'


def test_the_vendored_file_is_the_published_one() -> None:
    checksum = hashlib.sha256(AXE_FILE.read_bytes()).hexdigest()
    assert checksum in (AXE_FILE.parent / "README.md").read_text(encoding="utf-8")


def test_a_sound_page_has_no_violations(visitor: Visitor) -> None:
    visitor.page.set_content(_GOOD)
    assert axe(visitor.page) == []


def test_a_field_without_label_is_named(visitor: Visitor) -> None:
    visitor.page.set_content(_BAD)
    violations = axe(visitor.page)
    assert [each.rule for each in violations] == ["label"]
    assert "#q" in str(violations[0])


def test_a_part_of_a_page_is_looked_at_alone(visitor: Visitor) -> None:
    visitor.page.set_content(_BAD)
    assert axe(visitor.page, within="h1") == []


def test_works_under_a_strict_content_policy(visitor: Visitor) -> None:
    visitor.page.set_content(_BAD.replace("<head>", _STRICT))
    assert [each.rule for each in axe(visitor.page)] == ["label"]
