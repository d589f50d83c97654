"""How emtract is installed: the container's steps exist and are pinned, and what docs/install.md names is there."""

import json
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from typer.main import get_command

from emtract.cli import app

ROOT = Path(__file__).parent.parent
STEPS = [
    tuple(line.split(maxsplit=1))
    for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
INSTALL = (ROOT / "docs/install.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def arguments(instruction):
    return [told for name, told in STEPS if name == instruction]


def test_the_base_is_one_version_of_a_python_that_emtract_takes():
    (base,) = arguments("FROM")
    found = re.fullmatch(r"python:(\d+)\.(\d+)\.(\d+)-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base)
    assert found, f"{base} is not pinned to a version"
    least = re.search(r"(\d+)\.(\d+)", PROJECT["project"]["requires-python"])
    assert tuple(map(int, found.groups()[:2])) >= tuple(map(int, least.groups()))


def test_every_instruction_is_one_that_builders_know():
    assert {name for name, _ in STEPS} <= {"FROM", "WORKDIR", "COPY", "RUN", "ENTRYPOINT", "CMD"}


def test_what_is_copied_is_there_and_is_sent_to_the_builder():
    sent = [line.strip() for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")]
    copied = [name for told in arguments("COPY") for name in told.split()[:-1]]
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in sent, name
    built = {*PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"], "emtract", "pyproject.toml"}
    assert built | {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]} <= set(copied)


def test_libraries_are_installed_at_the_versions_of_the_constraints():
    (install,) = (told for told in arguments("RUN") if "pip install" in told)
    assert "--constraint constraints.txt" in install and install.endswith(" .")
    pinned = {
        line.partition("==")[0].lower().replace("_", "-") for line in (ROOT / "constraints.txt").read_text().split()
    }
    needed = {re.split(r"[>=<\[]", need)[0].lower().replace("_", "-") for need in PROJECT["project"]["dependencies"]}
    assert needed <= pinned


def test_the_image_runs_a_verb_that_exists():
    (entry,), (verb,) = (json.loads(*arguments(name)) for name in ("ENTRYPOINT", "CMD"))
    assert entry in PROJECT["project"]["scripts"]
    assert verb in get_command(app).commands


@pytest.mark.parametrize("extra", sorted(set(PROJECT["project"]["optional-dependencies"]) - {"test"}))
def test_every_extra_is_told(extra):
    assert f"\n| `{extra}` |" in INSTALL


def test_what_the_page_types_exists():
    verbs = get_command(app).commands
    for word in re.findall(r"(?:^|-t |rm .* )emtract ([a-z]+)", INSTALL, flags=re.MULTILINE):
        assert word in verbs, word
    for lines in ("source .venv/bin/activate", "conda activate emtract", "uv venv"):
        assert lines in INSTALL
    assert any(fnmatch("emtract-0.1.0-py3-none-any.whl", name) for name in re.findall(r"dist/(\S+\.whl)", INSTALL))
