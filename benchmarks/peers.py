"""Beside the peers: `python -m benchmarks.peers HARNESS --scales 1k,100k,1m`, as root.

HARNESS is the folder of the benchmark of the peers. It is copied into BENCH_WORK with Inflow as
one more target, run there with a Python of its own, and its report becomes results_peers.md.
"""

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks.target_server import PG_PORT, WORK

TREE = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results_peers.md"
HERE, VENV = WORK / "harness", WORK / "venv"
#: Its own names of the databases; SQLite is not measured with a million partners.
DATABASES = {"1k": ("pg", "sqlite"), "100k": ("pg", "sqlite"), "1m": ("pg",)}


@click.command()
@click.argument("harness", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--scales", default="1k,100k,1m", show_default=True)
@click.option("--runs", default=15, show_default=True)
@click.option("--python", default="python3.12", show_default=True, help="3.12 or newer.")
def main(harness: Path, scales: str, runs: int, python: str) -> None:
    """Seed what is missing, measure the peers and Inflow in the same rounds, and report."""
    _prepare(harness, python)
    os.environ["PYTHONPATH"] = str(TREE)
    os.environ["BENCH_WORK"] = str(WORK)
    _run("bash", "pg.sh", "start")
    try:
        for scale in scales.split(","):
            for kind in DATABASES[scale]:
                _measure(kind, scale, runs)
        _python("report.py")
    finally:
        _run("bash", "pg.sh", "stop")
    RESULTS.write_text(_report(scales), encoding="utf-8")
    click.echo(f"wrote {RESULTS}")


def _prepare(harness: Path, python: str) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    WORK.chmod(0o755)  # the server of PostgreSQL runs as somebody else
    # Its files may be read-only; remarks about other runs stay behind.
    left = shutil.ignore_patterns("notes.md", "results.md")
    shutil.copytree(harness, HERE, ignore=left, copy_function=shutil.copyfile, dirs_exist_ok=True)
    if not VENV.exists():
        subprocess.run([python, "-m", "venv", VENV], check=True)
        install = [VENV / "bin" / "pip", "install", "--quiet", "--requirement"]
        subprocess.run([*install, HERE / "requirements.txt"], check=True)
        subprocess.run([*install, TREE / "requirements.txt"], check=True)


def _measure(kind: str, scale: str, runs: int) -> None:
    click.echo(f"== {kind} {scale}")
    os.environ |= {"BENCH_DB": kind, "BENCH_SCALE": scale}
    done = WORK / f"seeded_{kind}_{scale}"
    if not done.exists():
        _python("seed.py", kind, scale)
        _python("-m", "peers.django_app.setup")
        done.touch()
    subprocess.run(
        [VENV / "bin" / "python", "-m", "benchmarks.target_server", "--seed"], check=True, cwd=TREE
    )
    _python("bench.py", kind, scale, "--runs", str(runs), "--target", "benchmarks.target:OURS")
    _python("floor.py", kind, scale)
    if kind == "pg":
        _python("floor.py", kind, scale, "--trgm")


def _python(*arguments: str) -> None:
    _run(str(VENV / "bin" / "python"), *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=HERE)


def _report(scales: str) -> str:
    """Say when and on what it was measured, above what the benchmark itself reports."""
    when = datetime.now(UTC)
    written = (HERE / "results.md").read_text(encoding="utf-8").split("\n", 1)[1]
    return (
        f"# Beside the peers\n\n{when:%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}),"
        f" Python {_version()}, PostgreSQL on port {PG_PORT}, scales {scales}.\n{written}"
    )


def _version() -> str:
    told = [VENV / "bin" / "python", "--version"]
    return subprocess.run(told, check=True, capture_output=True, text=True).stdout.split()[1]


if __name__ == "__main__":
    main()
