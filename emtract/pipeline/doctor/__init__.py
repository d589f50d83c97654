"""What is installed, what the processor offers, whether models, configuration and store are sound; it only looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtract.pipeline.doctor.check import Check, Diagnosis
from emtract.pipeline.doctor.configured import check_configuration
from emtract.pipeline.doctor.installed import check_extras, check_models, check_package
from emtract.pipeline.doctor.processor import check_processor
from emtract.pipeline.doctor.stored import check_store

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Check", "Diagnosis", "diagnose"]


def diagnose(config: Path | None = None) -> Diagnosis:
    """Look at everything that a run needs; nothing is written, downloaded or brought up to date.

    Parameters
    ----------
    config
        Configuration file; None leaves configuration and store out.
    """
    checks = [*check_package(), *check_extras(), *check_processor(), *check_models()]
    if config is not None:
        settings, found = check_configuration(config)
        checks += found
        if settings is not None:
            checks += check_store(settings)
    return Diagnosis(tuple(checks))
