"""The shape of the code: who may import whom, and what nobody writes."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: What nobody may look like: rooms that say nothing about what is in them.
NAMELESS = {"utils", "helpers", "common", "manager", "core", "misc", "lib"}
LONGEST = 220

#: Imports point one way. A room may import itself and what stands here.
MAY_IMPORT = {
    "config": set(),
    "rendering": set(),
    "models": set(),
    "policy": {"models"},
    "operations": {"policy", "models", "config"},
    "visitor": {"operations", "policy", "models", "config"},
    "incoming": set(),
    "guard": {"incoming", "visitor", "operations", "policy", "models", "config"},
    "admin_views": {"guard", "incoming", "visitor", "operations", "policy", "models", "config"},
    "public_views": {"guard", "incoming", "visitor", "operations", "policy", "models", "config"},
    "schedule": {"operations", "policy", "models", "config"},
    "jobs": {"schedule", "operations", "policy", "models", "config"},
    "demo": {"operations", "policy", "models", "config"},
    "commands": {"demo", "visitor", "jobs", "operations", "policy", "models", "config"},
    "app": {
        "guard",
        "visitor",
        "rendering",
        "admin_views",
        "public_views",
        "jobs",
        "commands",
        "operations",
        "policy",
        "models",
        "config",
    },
}
#: The only places that look across tenants, each with its reason.
ACROSS_TENANTS = {
    "models/tenancy.py": "defines it",
    "models/__init__.py": "hands it on",
    "jobs.py": "the worker sends everybody's letters, each by its own key",
    "operations/accounts.py": "an account's own events are told to every place of the person",
    "operations/background.py": "the worker looks for jobs, whichever tenant asked for them",
    "operations/places.py": "the places of one person, whichever tenants they are of",
    "operations/sign_ins.py": "a sign-in is told to every place of the person",
    "operations/quiet_sources.py": "the clock looks at every tenant, one at a time",
    "commands.py": "the command line names its tenant itself",
    "operations/invite_limits.py": "an address is mailed so often a day, whichever tenant writes",
    "operations/previews.py": "a preview is kept in the session's row",
    "operations/sessions.py": "a session is looked up before anybody knows whose it is",
}
OPERATIONS_NEVER = re.compile(
    r"session\.commit\(|\bflash\b|\brequest\b|\bcurrent_app\b|\bsession\["
)


def modules():
    """Every Python file that runs in production."""
    files = [
        path
        for room in MAY_IMPORT
        for path in (*ROOT.glob(f"{room}.py"), *ROOT.glob(f"{room}/**/*.py"))
    ]
    return sorted(path.relative_to(ROOT) for path in files)


def templates():
    return sorted(path.relative_to(ROOT) for path in ROOT.glob("templates/**/*.html"))


def room_of(path):
    return path.parts[0].removesuffix(".py")


def imported(path):
    """Name the rooms that a module imports, inside functions too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield room_of(path) if node.level else (node.module or "").split(".")[0]


def text_of(path):
    return (ROOT / path).read_text(encoding="utf-8")


def code_of(path):
    """The module without its comments and strings of documentation."""
    tree = ast.parse(text_of(path))
    for node in ast.walk(tree):
        if (
            ast.get_docstring(node)
            if hasattr(node, "body") and isinstance(node, DOCUMENTED)
            else None
        ):
            node.body[0].value.value = ""
    return ast.unparse(tree)


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def test_every_room_stands_in_the_table():
    rooms = {path.stem for path in ROOT.glob("*.py")} | {
        path.parent.name for path in ROOT.glob("*/__init__.py")
    }

    assert rooms - {"tests", "benchmarks", "migrations", "bin", "gunicorn.conf"} == {
        room for room in MAY_IMPORT if (ROOT / f"{room}.py").exists() or (ROOT / room).exists()
    }


def test_imports_point_one_way():
    wrong = [
        f"{path} imports {room}"
        for path in modules()
        for room in imported(path)
        if room in MAY_IMPORT.keys() - MAY_IMPORT[room_of(path)] - {room_of(path)}
    ]

    assert wrong == []


def test_no_module_is_too_long():
    lengths = {str(path): len(text_of(path).splitlines()) for path in modules()}

    assert {path: n for path, n in lengths.items() if n > LONGEST} == {}


def test_every_module_opens_with_its_one_job():
    silent = [str(path) for path in modules() if not ast.get_docstring(ast.parse(text_of(path)))]

    assert silent == []


def test_every_module_has_a_name_that_says_something():
    assert [str(path) for path in modules() if NAMELESS & {*path.parts, path.stem}] == []


def test_operations_never_commit_flash_or_read_the_request():
    found = [
        f"{path}: {match.group()}"
        for path in modules()
        if room_of(path) == "operations"
        for match in OPERATIONS_NEVER.finditer(code_of(path))
    ]

    assert [line for line in found if line not in ALLOWED_IN_OPERATIONS] == []


#: A session notes that its person is here, whatever becomes of the request that said so.
ALLOWED_IN_OPERATIONS = {
    "operations/sessions.py: session.commit(",
    # A letter is claimed for good before it leaves, or a crash would send it twice.
    "operations/claims.py: session.commit(",
    # Each step of a job stands by itself, so that a crash loses no more than one.
    "operations/background.py: session.commit(",
}


def test_only_a_few_places_look_across_tenants():
    found = {str(path) for path in modules() if "across_tenants" in code_of(path)}

    assert found == {path for path in ACROSS_TENANTS if (ROOT / path).exists()}


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("markup from an f-string is an injection", r"Markup\(\s*(f[\"']|[^\"')]*%|.*\+)"),
        ("a print is no log", r"^\s*print\("),
        ("a task for later belongs in the tracker", r"TODO|FIXME|XXX|pragma: no cover"),
    ],
)
def test_nobody_writes(what, pattern):
    found = [
        f"{path}: {line.strip()}"
        for path in modules()
        if room_of(path) != "commands"
        for line in text_of(path).splitlines()
        if re.search(pattern, line)
    ]

    assert found == [], what


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("the policy blocks styles in attributes", r"\sstyle\s*="),
        ("the policy blocks scripts in attributes", r"\son[a-z]+\s*=\s*[\"']"),
        ("the policy blocks scripts in the page", r"<script(?![^>]*\ssrc=)[^>]*>\s*\S"),
        ("the policy blocks styles in the page", r"<style"),
        ("nothing is loaded from elsewhere", r"(src|href)=[\"'](https?:)?//"),
        ("safe needs a reason beside it: {# safe: why #}", r"\|\s*safe\b(?!.*\{#-? safe: )"),
        ("autoescape stays on", r"autoescape\s+false"),
    ],
)
def test_no_template_has(what, pattern):
    found = [
        f"{path}: {line.strip()[:120]}"
        for path in templates()
        if "mail" not in path.parts
        for line in text_of(path).splitlines()
        if re.search(pattern, line)
    ]

    assert found == [], what


def test_no_script_or_style_sheet_reaches_elsewhere():
    own = [*ROOT.glob("static/*.js"), *ROOT.glob("static/*.css")]

    reaching = [
        path.name
        for path in own
        if re.search(
            r"(url\(|import |fetch\()\s*[\"']?(https?:)?//|\beval\(|innerHTML",
            path.read_text("utf-8"),
        )
    ]
    assert reaching == []
