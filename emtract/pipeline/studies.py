"""The studies that a configuration names: found by name or path, loaded, and asked as it says."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from emtract.errors import StudyError
from emtract.report.manifests import MANIFEST, are_whole, read_json
from emtract.study import load_study
from emtract.study.find import list_studies, look_at_study, stated_name, study_digests
from emtract.study.run import run_study
from emtract.study.tailor import tailored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emtract.config import Settings
    from emtract.misreading import Misreading
    from emtract.panel.requests import SampleBuilder
    from emtract.pipeline.opening import Progress
    from emtract.provenance import Provenance
    from emtract.study import Study, StudyResult


@dataclass(frozen=True)
class ConfiguredStudy:
    """One study that the configuration names, as it was found.

    Attributes
    ----------
    asked
        What the configuration calls it: the name of a shipped study, or a path from its own folder.
    loaded
        The study, or why it does not load.
    name, folder
        Its name (where it does not load, its file's), and the folder of its page.
    digests
        File -> sha256 of its file and of modules of one's own; none where there is no such file.
    told
        What the configuration asks of it otherwise.
    """

    asked: str
    loaded: Study | StudyError
    name: str
    folder: Path
    digests: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str | float] = field(default_factory=dict)

    @property
    def page(self) -> Path:
        """Its page, written or not."""
        return self.folder / "index.html"

    @property
    def said(self) -> str:
        """That the configuration lists it, by which path where it is a file, and what it asks of it."""
        path = [] if self.asked == self.name else [self.asked]
        return "; ".join(["configured", *path, *(f"{key} = {value}" for key, value in self.told.items())])

    @property
    def question(self) -> str:
        """What it asks."""
        return f"The study {self.asked} does not load" if isinstance(self.loaded, StudyError) else self.loaded.question

    @property
    def declared(self) -> Study:
        """The study; raises `StudyError` where it does not load."""
        if isinstance(self.loaded, StudyError):
            raise self.loaded
        return self.loaded

    def estimate(
        self, samples: SampleBuilder, misreading: Misreading | None = None, progress: Progress | None = None
    ) -> StudyResult:
        """Estimate it on the samples that it requests; raises `StudyError` where it does not load.

        Parameters
        ----------
        samples
            Builds the samples.
        misreading, progress
            See `run_study`.
        """
        study = self.declared
        given, absent = samples.build(study.samples)
        return run_study(study, given, absent=absent, misreading=misreading, progress=progress)

    def provenance(self, origin: Provenance) -> Provenance:
        """Return what its page depends on, `origin` being what all pages do."""
        own = {f"study.{f'{file}.' if file else ''}sha256": digest for file, digest in self.digests.items()}
        told = {f"study.{key}": value for key, value in self.told.items()}
        return replace(origin, settings={**origin.settings, **own, **told})

    def is_up_to_date(self, origin: Provenance) -> bool:
        """Whether the page says that it was made from just this, and its files are those that were written then."""
        told = read_json(self.folder / MANIFEST)
        return (
            bool(self.digests)
            and isinstance(told, dict)
            and "failed" not in told
            and told.get("provenance") == json.loads(json.dumps(self.provenance(origin).as_dict()))
            and are_whole(self.folder, told)
        )


def locate_study(settings: Settings, asked: str) -> str | Path:
    """Return the path of a study file that bears a name, or that is named by its path, or the name of a shipped study.

    A name is looked for among the files that the configuration lists, the shipped studies, then in the configuration's folder.
    """
    located = own_studies(settings).get(asked, settings.locate(asked))
    lying = settings.resolve(f"{asked}.py")
    if located != asked or asked in list_studies() or not asked.isidentifier() or not lying.is_file():
        return located
    with suppress(StudyError):
        return lying if stated_name(look_at_study(lying)) in {None, asked} else located
    return lying


def find_study(settings: Settings, asked: str) -> ConfiguredStudy:
    """Load a study, as the configuration asks for it; that it does not load is part of what is returned.

    Raises
    ------
    StudyError
        A table [study.NAME] is of no study.
    """
    located, digests = locate_study(settings, asked), dict[str, str]()
    loaded: Study | StudyError
    name = Path(located).stem
    try:
        _check_known(settings, located)
        loaded = load_study(located)
        name = loaded.name
        loaded = _as_asked(loaded, settings)
    except StudyError as error:
        loaded = error
    _check_tables(settings, (name, *own_studies(settings), *list_studies()))
    with suppress(StudyError):
        digests = study_digests(located)
    told = settings.study[name].told if name in settings.study else {}
    return ConfiguredStudy(asked, loaded, name, settings.resolve(settings.report.folder) / name, digests, told)


def configured_studies(settings: Settings) -> tuple[ConfiguredStudy, ...]:
    """Return the studies that the configuration lists, in its order; raises `StudyError` as `find_study`."""
    return tuple(find_study(settings, asked) for asked in settings.studies)


def check_studies(settings: Settings) -> None:
    """Raise StudyError where the configuration lists a name that no study has: hours of scoring need not come first."""
    for asked in settings.studies:
        _check_known(settings, locate_study(settings, asked))


def _check_known(settings: Settings, located: str | Path) -> None:
    """Raise StudyError, which names the configuration's own studies too, where a name is of no study."""
    own, shipped = tuple(own_studies(settings)), list_studies()
    if isinstance(located, Path) or not located.isidentifier() or located in shipped:
        return
    near = get_close_matches(located, (*own, *shipped), n=1)
    told = f"did you mean {near[0]!r}? There are" if near else "name one of"
    of_own = f"{', '.join(own)} of the configuration, " if own else ""
    raise StudyError(
        f"there is no study {located!r}: {told} {of_own}{', '.join(shipped)}; or name a path ending in .py"
    )


def own_studies(settings: Settings) -> dict[str, str | Path]:
    """Return name -> path of the study files that the configuration lists; one that tells no name has its file's."""
    own: dict[str, str | Path] = {}
    for path in (
        Path(located) for asked in settings.studies if Path(located := settings.locate(asked)).suffix == ".py"
    ):
        name = None
        with suppress(StudyError):
            name = stated_name(look_at_study(path))
        own[name or path.stem] = path
    return own


def _as_asked(study: Study, settings: Settings) -> Study:
    """Return a study with what its table of the configuration asks otherwise."""
    asked = settings.study.get(study.name)
    if asked is None:
        return study
    try:
        return tailored(study, **msgspec.structs.asdict(asked))
    except StudyError as error:
        raise StudyError(f"[study.{study.name}]: {error}") from error


def _check_tables(settings: Settings, known: Iterable[str]) -> None:
    for name in settings.study.keys() - set(known):
        near = get_close_matches(name, sorted(set(known)), n=1)
        told = f"did you mean [study.{near[0]}]?" if near else "name a study of `emtract study list`"
        raise StudyError(f"[study.{name}] is of no study: {told}")
