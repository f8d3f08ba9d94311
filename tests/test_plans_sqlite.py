"""No list works through its whole table on SQLite either, which keeps no statistics of values."""

import pytest

from models import counting
from tests.large import COUNTED, every_question, opened
from tests.plans import stepping

PARTNERS, CALLS = 10_000, 30_000
#: The most steps of SQLite's machine for one statement: it needs about ten for each row that it
#: looks at, of tables that hold ten to thirty thousand.
MOST = 60_000


@pytest.fixture(scope="module")
def large(settings, tmp_path_factory):
    file = tmp_path_factory.mktemp("large") / "large.db"
    with opened(settings, f"sqlite:///{file}", PARTNERS, CALLS) as made:
        yield made


@pytest.mark.parametrize("visitor", ["admin", "partner_admin"])
def test_no_list_works_through_its_whole_table_however_it_is_asked(large, visitor, monkeypatch):
    monkeypatch.setattr(counting, "CAP", COUNTED)
    asked, dear = 0, {}

    for address in every_question(large, visitor):
        asked += 1
        with stepping(large.engine) as steps:
            assert large.open(visitor, address).status_code in {200, 400}, address
        dear |= {one[0]: (most, address) for one, most in steps.items() if most > MOST}

    assert dear == {}
    assert asked > 100
