"""Fixtures and options for the tests of all members: what they are stands in tests/support."""

pytest_plugins = [
    "tests.support.requirements_option",
    "tests.support.databases",
    "tests.support.browser",
]
