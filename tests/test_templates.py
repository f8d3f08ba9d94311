"""Every template compiles, says who sees it, and uses only what exists."""

import re
from pathlib import Path

import pytest
from jinja2 import nodes
from markupsafe import Markup

ROOT = Path(__file__).resolve().parent.parent / "templates"
NAMES = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())
PAGES = [name for name in NAMES if name.endswith(".html") and not name.startswith("mail/")]
LETTERS = sorted(
    {Path(name).parent.name for name in NAMES if name.startswith("mail/") and name.count("/") == 2}
)


def source(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_it_compiles(app, name):
    assert app.jinja_env.get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_with_who_sees_it(name):
    opening = re.match(r"\{#-?\s(.{20,}?)-?#\}", source(name), re.DOTALL)

    assert opening, f"{name} has to open with a comment: who sees it, and what it needs"


@pytest.mark.parametrize("name", NAMES)
def test_what_it_extends_imports_and_includes_exists(app, name):
    tree = app.jinja_env.parse(source(name))
    kinds = (nodes.Extends, nodes.Import, nodes.FromImport, nodes.Include)
    named = [
        node.template.value
        for node in tree.find_all(kinds)
        if isinstance(node.template, nodes.Const)
    ]

    assert [one for one in named if one not in NAMES] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_posts_carries_a_token(name):
    forms = re.findall(
        r"<form\b[^>]*method=\"post\".*?</form>", source(name), re.DOTALL | re.IGNORECASE
    )

    assert [form[:90] for form in forms if "csrf" not in form] == []


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_has_a_subject_a_text_and_a_page(letter):
    parts = {Path(name).name for name in NAMES if name.startswith(f"mail/{letter}/")}

    assert parts == {"subject.txt", "body.txt", "body.html"}


@pytest.mark.parametrize("letter", LETTERS)
def test_the_page_of_a_letter_loads_nothing(letter):
    page = source(f"mail/{letter}/body.html") + source("mail/layout.html")

    assert not re.search(r"<(img|link|script|iframe|object)\b|url\(", page)


def test_what_people_typed_is_escaped(app):
    macro = app.jinja_env.from_string("{{ typed }}")

    assert macro.render(typed="<b>") == Markup.escape("<b>")
