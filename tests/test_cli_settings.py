"""What a study needs, set in the configuration alone and asked for at the prompt."""

import pytest

from tests.prompt import emtract
from tests.test_cli import CONFIG, one_clear_line, project  # noqa: F401

MINE = '''"""Valence and returns."""

from emtract.study import Spec, Study

SPEC = Spec(
    y="return_open_close", x=("valence_pre_open",), controls=("lagged_return",), effects=(), covariance="robust", clusters=(),
    small_sample="none",
)
STUDY = Study(
    name="valence", question="Does valence predict returns?", design="A panel.", papers=(), specs={"main": SPEC},
    primary=("main", "valence_pre_open"), headline=(("main", "valence_pre_open"),),
)
'''


@pytest.fixture
def desk(project):  # noqa: F811
    def write(more):
        (project / "emtract.toml").write_text(f'studies = ["my/own.py", "daily_returns"]\n{CONFIG}{more}')
        return project

    (project / "my").mkdir()
    (project / "my/own.py").write_text(MINE)
    return write


def test_configured_studies_are_listed_first_with_what_is_asked_of_them(desk):
    folder = desk('[study.valence]\nmax_attrition = 0.5\ncontrols = ["size"]\n')
    done = emtract("study", "list", "-c", "emtract.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    mine, daily, *others = done.stdout.splitlines()
    told = "configured; my/own.py; max_attrition = 0.5; controls = size"
    assert mine == f"valence ({told}): Does valence predict returns?"
    assert daily.startswith("daily_returns (configured): ")
    assert not any("configured" in line or line.startswith("daily_returns:") for line in others)
    plain = emtract("study", "list", cwd=folder).stdout.splitlines()
    assert len(plain) == len(others) + 1 and not any("configured" in line for line in plain)


def test_the_panel_is_that_of_the_settings_and_its_ledger_counts_what_they_leave_out(desk):
    (desk("") / "firms.txt").write_text("A\n")
    folder = desk('[panel]\nstart = 2014-01-02\nend = 2014-01-03\nsymbols = "firms.txt"\nposts = "original"\n')
    for verb in ("ingest", "score"):
        assert emtract(verb, cwd=folder).returncode == 0
    done = emtract("panel", "-o", "panel.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    for step in ("in the period", "about the firms asked for", "original posts", "firm asked for"):
        assert step in done.stdout
    header, *rows = (folder / "panel.csv").read_text().splitlines()
    assert [row.split(",")[header.split(",").index("symbol")] for row in rows] == ["A"]
    (folder / "emtract.toml").write_text(
        (folder / "emtract.toml").read_text().replace("end = 2014-01-03", "end = 2014-01-02")
    )
    done = emtract("study", "run", "valence", cwd=folder)
    one_clear_line(done, "valence")


WRONG = [
    ('[study.valenze]\nonly = ["main"]\n', ("[study.valenze] is of no study", "did you mean [study.valence]?")),
    ('[study.valence]\nonly = ["mian"]\n', ("[study.valence]", "no spec 'mian'", "did you mean 'main'?")),
    (
        "[study.valence]\nlimit = 1\n",
        ("unknown key 'limit' in [study.NAME]", "known keys: controls, max_attrition, only"),
    ),
    (
        '[study.valence]\ncontrols = ["lagged_volatilty"]\n',
        ("main", "lagged_volatilty", "did you mean 'lagged_volatility'?"),
    ),
    ("[panel]\nstart = 2014-01-04\nend = 2014-01-05\n", ("no session from 2014-01-04 to 2014-01-05",)),
    ('[panel]\nsymbols = "none.txt"\n', ("none.txt", "a file with one a line")),
    ('[panel]\nposts = "orignal"\n', ("panel.posts", "original")),
]


def test_what_does_not_fit_is_one_clear_line(desk):
    folder = desk("")
    for verb in ("ingest", "score"):
        assert emtract(verb, cwd=folder).returncode == 0
    for more, words in WRONG:
        one_clear_line(emtract("study", "run", "valence", cwd=desk(more)), *words)
