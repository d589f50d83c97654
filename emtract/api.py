"""From Python: a study on a panel, on samples or on a store, and what came out of it as tables and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emtract.misreading import Misreading
    from emtract.options import PanelOptions
    from emtract.panel.frame import Sample
    from emtract.report.study.result import StudyReport
    from emtract.store import Store
    from emtract.study import Study


def run_study(
    study: Study | str | Path,
    data: Sample | Mapping[str, Sample] | Store,
    *,
    only: Sequence[str] | None = None,
    options: PanelOptions | None = None,
    absent: Mapping[str, str] | None = None,
    misreading: Misreading | Path | None = None,
) -> StudyReport:
    """Estimate every regression and analysis of a study, and return them with their tables and figures.

    Parameters
    ----------
    study
        The name of a study that ships with the package (`emtract.list_studies`), the path of a study file, or a `Study`.
    data
        The study's main sample, e.g. the panel of `emtract.build_panel`; or name -> sample, as the study requests them; or a
        scored store, of which every sample that the study requests is built.
    only
        Names of the regressions and analyses to estimate, for a quick look; None for all of the study.
    options
        How posts become firm-sessions where `data` is a store; None takes equal weights and every post.
    absent
        Name -> why a sample that the study requests is not among `data`; a store says so itself.
    misreading
        How the scorer misreads posts, or the file that says so: what `emtract model evaluate -o` or `emtract tag card` wrote.
        Corrected estimates then stand beside the others.

    Raises
    ------
    StudyError
        When the study or a name in `only` is unknown, its main sample is missing, or a spec loses more rows than the study
        allows.
    SpecError, EstimationError
        When a spec does not fit its sample, or one behind the headline cannot be estimated.
    ModelError
        When the misreading is of another scorer or revision, or its file cannot be read.

    Examples
    --------
    >>> import emtract
    >>> with emtract.Store.open("runs/demo/demo.duckdb", read_only=True) as store:
    ...     panel = emtract.build_panel(store, scorer="default")
    >>> result = emtract.run_study("daily_returns", panel, only=["predictive_emotions", "predictive_family"])
    >>> result.tidy().columns[:5]
    ['spec', 'label', 'y', 'term', 'estimate']
    >>> result.figures()
    ('coefficients', 'predictive_family', 'over_time')
    """
    from emtract.misreading import Misreading, read_misreading
    from emtract.options import PanelOptions
    from emtract.panel.requests import SampleBuilder
    from emtract.report.study.result import StudyReport
    from emtract.store import Store
    from emtract.study import Study, load_study
    from emtract.study.run import run_study as estimated
    from emtract.study.tailor import part_of

    known = study if isinstance(study, Study) else load_study(study)
    known = known if only is None else part_of(known, only)
    if isinstance(data, Store):
        data, reasons = SampleBuilder(data, options or PanelOptions()).build(known.samples)
        absent = {**reasons, **(absent or {})}
    card = misreading if misreading is None or isinstance(misreading, Misreading) else read_misreading(misreading)
    return StudyReport.of(estimated(known, data, absent=absent, misreading=card))
