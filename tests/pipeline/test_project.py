"""A new project: its configuration loads as it stands and with everything switched on, and nothing is overwritten."""

import re
from typing import get_args

import pytest

from emtract.config import Settings, load_settings
from emtract.errors import ConfigError
from emtract.pipeline.demo import run_demo, run_market_demo
from emtract.pipeline.project import init_project
from emtract.sources import MarketFormat, PostFormat


@pytest.fixture
def project(tmp_path):
    init_project(tmp_path / "study")
    return tmp_path / "study"


def test_the_configuration_loads_and_states_the_defaults(project):
    settings = load_settings(project / "emtract.toml")
    bare = Settings(store=settings.store)
    for section in ("model", "scoring", "panel", "studies", "report"):
        assert getattr(settings, section) == getattr(bare, section), section
    assert len(settings.posts) == len(settings.prices) == 1
    assert settings.market == ()


def test_every_commented_setting_loads_too(project):
    config = project / "emtract.toml"
    text = config.read_text()
    config.write_text(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))
    settings = load_settings(config)
    assert {source.format for source in settings.market} == set(get_args(MarketFormat))
    assert settings.model.also == ("vader",)
    assert settings.posts[2].columns.body == "message"
    for name in get_args(PostFormat):
        assert name in text
    for section in ("store", "model", "scoring", "panel", "report"):
        for key in type(getattr(settings, section)).__struct_fields__:
            assert re.search(rf"^(# )?({key} = |\[{section}\.{key}\])", text, re.MULTILINE), key


def test_nothing_is_overwritten(project):
    (project / "emtract.toml").write_text("mine")
    with pytest.raises(ConfigError, match=r"already has emtract\.toml"):
        init_project(project)
    assert (project / "emtract.toml").read_text() == "mine"
    with pytest.raises(ConfigError, match="is a file"):
        init_project(project / "emtract.toml")


def test_a_folder_with_other_things_in_it_is_fine(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    written = init_project(tmp_path)
    assert {path.name for path in written} == {"emtract.toml", "README.md", ".gitignore"}
    assert (tmp_path / "data/posts").is_dir()


@pytest.mark.parametrize("make", [init_project, run_demo, run_market_demo])
def test_a_folder_that_the_store_could_not_open_is_refused_before_anything_is_written(tmp_path, make):
    folder = tmp_path / "caf\udce9"
    with pytest.raises(ConfigError, match="rename the folder"):
        make(folder)
    assert not list(tmp_path.iterdir())
