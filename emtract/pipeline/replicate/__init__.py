"""A study -> a folder for a journal: code, configuration, queries, inputs or their digests, outputs, and one script."""

from emtract.pipeline.replicate.build import Package, replicate

__all__ = ["Package", "replicate"]
