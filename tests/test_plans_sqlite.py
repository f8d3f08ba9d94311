"""No list works through its whole table on SQLite either, which keeps no statistics of values."""

import pytest
from sqlalchemy import select, update

from models import Invite, across_tenants, counting, db, now
from tests.large import every_question, opened
from tests.plans import stepping

PARTNERS, CALLS = 10_000, 30_000
#: The most steps of SQLite's machine for one statement: it needs about ten for each row that it
#: looks at, of tables that hold ten to thirty thousand.
MOST = 60_000
#: One walk through a table of ten thousand.
A_WALK = 100_000
#: Further than rows are named one by one (admin_views/few_rows.py).
COUNTED = 1000


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
        dear |= {one[0][:60] + address: most for one, most in steps.items() if most > MOST}

    assert dear == {}
    assert asked > 100


def test_rows_that_are_neither_few_nor_new_are_walked_to_once_and_counted_by_an_index(large):
    with large.app.app_context(), across_tenants(db.session):
        oldest = select(Invite.id).where(Invite.accepted_at.is_(None)).order_by(Invite.id)
        declined = Invite.id.in_(oldest.limit(800).scalar_subquery())
        db.session.execute(update(Invite).where(declined).values(declined_at=now()))
        db.session.commit()

    for query in ("state=declined", "state=declined&sort=address"):
        with stepping(large.engine) as steps:
            page = large.open("admin", f"/admin/invites/?{query}")
        assert "<strong>800</strong> invites" in page.text
        assert max(steps.values()) < A_WALK, (query, max(steps.values()))
