"""The configuration: whether it loads, and which files each of its patterns stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.config import MarketSource, PostSource, PriceSource, Settings, load_settings
from emtract.errors import ConfigError, StudyError
from emtract.pipeline.doctor.check import Check, broken
from emtract.pipeline.files import matching_files
from emtract.pipeline.studies import locate_study
from emtract.study.find import look_at_study, stated_name, study_file
from emtract.words.numbers import things

if TYPE_CHECKING:
    from pathlib import Path


def check_configuration(config: Path) -> tuple[Settings | None, list[Check]]:
    """Return the settings where they load, and what was found of file, patterns and studies."""
    try:
        settings = load_settings(config)
    except ConfigError as error:
        if config.exists():
            return None, [broken("configuration", config.name, error)]
        remedy = "emtract init FOLDER makes one; name another with --config"
        return None, [Check("configuration", config.name, "note", "there is no such file", remedy)]
    sources: list[PostSource | PriceSource | MarketSource] = [*settings.posts, *settings.prices, *settings.market]
    checks = [Check("configuration", config.name, "ok", "loads")]
    checks += [_pattern(settings, source) for source in sources]
    if not settings.posts:
        checks.append(Check("configuration", "[[posts]]", "note", "none", "name files of posts under [[posts]]"))
    return settings, checks + _studies(settings)


def _pattern(settings: Settings, source: PostSource | PriceSource | MarketSource) -> Check:
    kind = {PostSource: "posts", PriceSource: "prices", MarketSource: "market"}[type(source)]
    ours = settings.resolve(settings.store.path), settings.resolve(settings.report.folder)
    files = matching_files(source.files, base=settings.base, leave_out=ours)
    name = f"[[{kind}]] {source.files}"
    if not files:
        remedy = f"put files there, or check the path, which starts at {settings.base}"
        return Check("configuration", name, "broken", "no file matches", remedy)
    size = sum(path.stat().st_size for path in files)
    return Check("configuration", name, "ok", f"{things(len(files), 'file')}, {size / 1e6:,.1f} MB")


def _studies(settings: Settings) -> list[Check]:
    """Look at each study file without running it; two of one name would write one page."""
    checks, homes = [], dict[str, str]()
    for name in settings.studies:
        located = locate_study(settings, name)
        try:
            home = stated_name(look_at_study(located)) or study_file(located).stem
            if other := homes.get(home.casefold()):
                raise StudyError(f"it is called {home} like the study of {other}: give one of them another name")
        except StudyError as error:
            checks.append(broken("configuration", f"study {name}", error))
            continue
        homes[home.casefold()] = name
        checks.append(Check("configuration", f"study {name}", "ok", f"reads as the study {home}; it was not run"))
    return checks
