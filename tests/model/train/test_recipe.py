from dataclasses import replace

import pytest

from emtract.errors import ModelError
from emtract.model.train.recipe import Stage, read_recipe

STAGE = "epochs = 1\nbatch_size = 8\nlearning_rate = 1e-3\nhead_rate = 1e-3\n"
STAGES = f"[rows]\ntec = 9\n[joint]\n{STAGE}[tagged]\n{STAGE}"
WHOLE = 'name = "x"\nseed = 1\nmax_length = 48\ndropout = 0.1\nprecision = "fp32"\n'


def test_the_shipped_recipe_is_read():
    recipe = read_recipe()
    assert recipe.name == "default"
    assert recipe.max_length == 128
    assert isinstance(recipe.tagged, Stage)


def test_the_digest_follows_the_parts_that_are_named():
    recipe = read_recipe()
    other = replace(recipe, tagged=replace(recipe.tagged, epochs=9))
    assert recipe.digest("joint", "rows") == other.digest("joint", "rows")
    assert recipe.digest("tagged") != other.digest("tagged")
    assert recipe.digest() != other.digest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "cannot be read"),
        ('name = "x"\nsped = 1', "unknown keys sped"),
        ("[joint]\nepoch = 1", r"\[joint\] names unknown keys epoch"),
        ('name = "x"', "lacks keys"),
        (f"[joint]\n{STAGE}[tagged]\n{STAGE}[distil]\nbeleive = 1", r"\[distil\] names unknown keys beleive"),
        (f'{WHOLE}head = "noise"\n{STAGES}', "a head starts from joint, not from 'noise'"),
        (f"{WHOLE}members = 2\n{STAGES}", r"several and a \[distil\] stage"),
        (f"{WHOLE}{STAGES}[prune]\n{STAGE}layers = [2, 0]\n", r"rising order, such as \[0, 2, 5\], not \[2, 0\]"),
        (f"{WHOLE}{STAGES}[prune]\n{STAGE}", r"rising order, such as \[0, 2, 5\], not \[\]"),
        (f"{WHOLE}{STAGES}[prune]\n{STAGE}layers = [0]\n", r"has \[distil\] too"),
    ],
)
def test_a_wrong_recipe_is_one_line(tmp_path, text, message):
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        read_recipe(path)


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"gone.toml cannot be read"):
        read_recipe(tmp_path / "gone.toml")


def test_members_and_distillation_come_together():
    with pytest.raises(ModelError, match=r"change members or \[distil\]"):
        replace(read_recipe(), members=3, distil=None)
