"""All verbs: each module hangs its own on the tree."""

from __future__ import annotations

from emtract.cli import archive, export, models, posts, project, shards, studies
from emtract.cli.root import app

__all__ = ["app", "archive", "export", "models", "posts", "project", "shards", "studies"]
