"""docs/commands.md: what each verb does, examples, options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.main import get_command

from emtract.cli import app
from tests.docs.cells import escaped
from tests.markdown import table


def verbs(command: Any = None, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every verb as it is typed after `emtract`, with its command."""
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        return {" ".join(path): command}
    return {name: c for word, sub in command.commands.items() for name, c in verbs(sub, (*path, word)).items()}


def options() -> str:
    """Every verb with its help."""
    parts = []
    for name, command in sorted(verbs().items()):
        paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
        told = [escaped(part) for part in paragraphs if part and not part.startswith("Example: ")]
        examples = [part.removeprefix("Example: ") for part in paragraphs if part.startswith("Example: ")]
        rows = [
            (f"`{_written(parameter)}`", escaped(parameter.help or ""), _default(parameter))
            for parameter in command.params
            if not getattr(parameter, "hidden", False)
        ]
        parts += [f"### `emtract {name}`", *told]
        parts += ["```bash\n" + "\n".join(examples) + "\n```"] if examples else []
        parts += [table(("option", "what", "default"), rows)] if rows else []
    return "\n\n".join(parts)


def _written(parameter: Any) -> str:
    """An argument or option as it is typed."""
    if parameter.param_type_name == "argument":
        return (parameter.name or "").upper()
    return ", ".join((*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    value = parameter.default
    known = isinstance(value, str | int | float | Path) and not isinstance(value, bool)
    return f"`{value}`" if known else "needed" if parameter.required else ""
