"""Results that are kept beside the command that measured them, one part for each database."""

from pathlib import Path


def keep(path: Path, title: str, database: str, told: str) -> None:
    """Write what a run on one database told; what the other one told before stays."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    others = [part for part in before.split("\n## ")[1:] if not part.startswith(database)]
    parts = sorted([*(part.strip() for part in others), f"{database}\n\n{told.strip()}"])
    path.write_text("\n\n## ".join([f"# {title}", *parts]) + "\n", encoding="utf-8")
