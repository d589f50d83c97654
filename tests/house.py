"""Draws the house from its imports, into CONTRIBUTING.md: python -m tests.house."""

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
_PLACE = re.compile(r"(<!-- house: python -m tests.house -->\n).*?(<!-- /house -->)", re.DOTALL)
#: Rooms in the order of the way of a post; modules of the top level that every room may import stand together.
ROOMS = (
    "ingest", "text", "model", "store", "scoring", "panel", "econometrics", "study", "report", "tagging", "synthetic",
    "pipeline", "cli",
)  # fmt: skip
CONTRACTS = "contracts"


def room(module: str) -> str:
    """The room of a module, by its dotted name."""
    name = module.split(".")[1] if "." in module else ""
    if name.startswith(("console", "cli")):
        return "cli"
    return name if name in ROOMS else CONTRACTS


def house() -> str:
    """The figure: each room with its files and lines of code, and an arrow to each room that it imports."""
    files, lines, arrows = Counter[str](), Counter[str](), set[tuple[str, str]]()
    for path in sorted((ROOT / "emtract").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        here = room(".".join(path.relative_to(ROOT).with_suffix("").parts))
        files[here] += 1
        lines[here] += sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in text.splitlines())
        found = {n.module for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom) and n.module}
        arrows |= {(here, room(name)) for name in found if name.startswith("emtract.")}
    drawn = [f'    {name}["{name}<br>{files[name]} files, {lines[name]:,} lines"]' for name in (*ROOMS, CONTRACTS)]
    drawn += [
        f"    {one} --> {other}" for one, other in sorted(arrows) if CONTRACTS not in {one, other} and one != other
    ]
    return "```mermaid\nflowchart BT\n" + "\n".join(drawn) + "\n```\n"


def drawn_page() -> str:
    """CONTRIBUTING.md with the house as it is now."""
    return _PLACE.sub(lambda place: place[1] + house() + place[2], PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(drawn_page(), encoding="utf-8")
