"""`pytest --req CP-55` runs the tests that prove requirement CP-55.

A test names what it proves: `@pytest.mark.req("CP-55", "CPX-3")`.
"""

import re

import pytest

_REQUIREMENT_ID = re.compile(r"[A-Z]{1,3}-[1-9][0-9]*")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--req",
        action="append",
        default=[],
        metavar="ID",
        help="run only the tests marked with this requirement id; may be given several times",
    )


def requirements_of(item: pytest.Item) -> set[str]:
    """The requirement ids of a test, from its own marker and those of its class and module.

    Raises:
        pytest.UsageError: an id that is no string of the form CP-55.
    """
    ids: set[str] = set()
    for marker in item.iter_markers("req"):
        if not marker.args or marker.kwargs:
            raise pytest.UsageError(f'{item.nodeid}: write @pytest.mark.req("CP-55"), ids one by one')
        for requirement in marker.args:
            if not isinstance(requirement, str) or not _REQUIREMENT_ID.fullmatch(requirement):
                raise pytest.UsageError(f"{item.nodeid}: {requirement!r} is no requirement id such as CP-55")
            ids.add(requirement)
    return ids


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ids_of_items = [requirements_of(item) for item in items]  # also refuses malformed ids
    wanted = {requirement for given in config.getoption("--req") for requirement in given.split(",")}
    if not wanted:
        return
    selected = [item for item, ids in zip(items, ids_of_items, strict=True) if ids & wanted]
    kept = set(selected)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = selected
