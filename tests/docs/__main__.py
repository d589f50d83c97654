"""Writes the parts of every page that are made."""

from tests.docs.pages import PARTS, ROOT, made

for name in PARTS:
    (ROOT / name).write_text(made(name), encoding="utf-8")
