"""Fixtures and options for the tests of all members: what they are stands in tests/support."""

from hypothesis import settings

pytest_plugins = [
    "tests.support.requirements_option",
    "tests.support.databases",
    "tests.support.browser",
]

# A busy machine makes any example slow now and then; what is really too slow, the benchmarks show.
settings.register_profile("fetlock", deadline=None, print_blob=True)
settings.load_profile("fetlock")
