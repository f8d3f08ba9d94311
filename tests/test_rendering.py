"""Templates put out and read what Jinja's own would."""

import pytest
from jinja2 import Environment
from markupsafe import Markup

DRAWN = (
    "{{ typed }}|{{ made }}|{{ made|upper }}|{{ number }}|{{ nothing }}|{{ absent }}"
    "|{{ row.name }}|{{ row.absent }}|{{ row.items()|list }}|{{ row['items'] }}|{{ made.name }}"
    "{% macro one(x) %}<i>{{ x }}</i>{% endmacro %}{% set kept %}<u>{{ typed }}</u>{% endset %}"
    "|{{ one(typed) }}|{{ kept }}|{{ typed ~ made }}"
    "{% autoescape false %}{{ typed }}{% endautoescape %}"
)
VALUES = {
    "typed": "<b title='a'>\"&\"</b>",
    "made": Markup("<b>"),
    "number": 3,
    "nothing": None,
    "row": {"name": "<a>", "items": "<c>"},
}


def test_a_template_draws_what_jinja_draws(app):
    plain = Environment(autoescape=True)

    assert app.jinja_env.from_string(DRAWN).render(VALUES) == plain.from_string(DRAWN).render(
        VALUES
    )


def test_jinja_still_asks_how_to_write_what_a_template_puts_out(app):
    assert "environment.written(" in app.jinja_env.compile("{{ typed }}", raw=True)


@pytest.mark.parametrize("name", ["name", "items", "get", "absent"])
def test_a_part_of_a_dict_is_what_jinja_takes_for_it(app, name):
    row = {"name": "a", "items": "c"}
    plain = Environment(autoescape=True)

    assert app.jinja_env.getattr(row, name) == plain.getattr(row, name)
