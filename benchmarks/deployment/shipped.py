"""What deploy/ ships, read from its files, with other places and ports where this machine has to.

A value that is to be replaced has to be there: what is started is what is documented.
"""

import re
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PROGRAMS = "/opt/inflow/current/.venv/bin"


def text_of(name: str, instead: Mapping[str, str]) -> str:
    """Read a file of deploy/, with each of these texts replaced."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for old, new in instead.items():
        if old not in text:
            message = f"deploy/{name} no longer says {old!r}"
            raise LookupError(message)
        text = text.replace(old, new)
    return text


def environment(instead: Mapping[str, str]) -> dict[str, str]:
    """Read the example of the environment, with these settings instead of its own."""
    text = text_of("inflow.env.example", {})
    settings = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    if unknown := set(instead) - set(settings) - {"INSTANCE"}:
        message = f"deploy/inflow.env.example does not name {unknown}"
        raise LookupError(message)
    plain = {name: "".join(shlex.split(value)) for name, value in settings.items()}
    return plain | dict(instead)


def command(unit: str) -> list[str]:
    """Read what a unit starts, with the programs of this Python."""
    [line] = re.findall(r"^ExecStart=(.*)$", text_of(unit, {}), re.MULTILINE)
    here = str(Path(sys.executable).parent)
    return [word.replace(PROGRAMS, here) for word in shlex.split(line)]


def seconds(unit: str, name: str) -> float:
    """Read a time that a unit states in seconds."""
    [value] = re.findall(rf"^{name}=(\d+)$", text_of(unit, {}), re.MULTILINE)
    return float(value)
