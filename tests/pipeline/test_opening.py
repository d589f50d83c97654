"""What the settings name, as seen from any working directory."""

from emtract.config import ModelSettings, ScoringSettings, Settings, StoreSettings
from emtract.model.registry import shipped_folder
from emtract.pipeline.opening import configured_model, open_scorer
from emtract.pipeline.scoring import score_key, shard_runner


def beside(folder, name, **more):
    (folder / name).symlink_to(shipped_folder("fast"))
    return Settings(store=StoreSettings(path="s.duckdb"), model=ModelSettings(name=name), base=folder, **more)


def test_a_model_folder_lies_beside_the_configuration_wherever_one_works(tmp_path, monkeypatch):
    settings = beside(tmp_path, "mine", scoring=ScoringSettings(workers=2))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert open_scorer(settings).revision == open_scorer(settings, name="fast").revision == score_key(settings).revision
    assert shard_runner(settings).instrument.name == str(tmp_path / "mine")


def test_a_shipped_name_is_no_folder(tmp_path):
    settings = beside(tmp_path, "default")
    assert configured_model(settings, "default") == "default"
    assert configured_model(settings, "nobody") == "nobody"
