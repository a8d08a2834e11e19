"""`--req` selects the tests that prove a requirement."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_SAMPLE = """
    import pytest

    @pytest.mark.req("CP-55", "CPX-3")
    def test_both(): ...

    @pytest.mark.req("CP-5")
    def test_one(): ...

    def test_none(): ...
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    root = Path(__file__).parents[2]
    pytester.makeconftest('pytest_plugins = ["tests.support.requirements_option"]')
    pytester.makeini(f"[pytest]\naddopts = --strict-markers\nmarkers = req(*ids): x\npythonpath = {root}")
    return pytester


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["test_both", "test_one", "test_none"]),
        (["--req", "CP-55"], ["test_both"]),
        (["--req", "CP-5"], ["test_one"]),
        (["--req", "CPX-3", "--req", "CP-5"], ["test_both", "test_one"]),
        (["--req", "CPX-3,CP-5"], ["test_both", "test_one"]),
    ],
)
def test_selects_exactly_the_tests_of_an_id(
    project: pytest.Pytester, options: list[str], names: list[str]
) -> None:
    project.makepyfile(_SAMPLE)
    result = project.runpytest_subprocess("--verbose", *options)
    result.assert_outcomes(passed=len(names), deselected=3 - len(names))
    result.stdout.fnmatch_lines([f"*::{name} PASSED*" for name in names])


def test_an_id_without_any_test_is_no_success(project: pytest.Pytester) -> None:
    project.makepyfile(_SAMPLE)
    assert project.runpytest_subprocess("--req", "H-99").ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("arguments", ["", "'CP-55 CP-56'", "'cp-55'", "55", "'CP-055'"])
def test_a_malformed_id_is_refused(project: pytest.Pytester, arguments: str) -> None:
    project.makepyfile(f"import pytest\n@pytest.mark.req({arguments})\ndef test_x(): ...")
    result = project.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_x*"])
