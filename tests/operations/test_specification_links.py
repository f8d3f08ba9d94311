"""Links to a specification are shared, mailed and revoked, and stop by themselves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import (
    AuditEvent,
    Letter,
    LetterState,
    Membership,
    Role,
    Source,
    SpecificationLink,
    across_tenants,
    db,
    now,
)
from models.base import new_id
from models.specification_link import SpecificationLinkState
from operations import specification_links as links
from operations.refusal import Forbidden, Gone, Invalid, MadeAlready, Refusal, TooMany
from operations.sessions import fingerprint
from operations.specification_opened import find
from tests.mail import one_pass, using

DAYS = 7


def source_of(side):
    return db.session.get_one(Source, (side.tenant.id, side.source.id), populate_existing=True)


def people(*members):
    ids = [member.id for member in members]
    found = select(Membership).options(joinedload(Membership.user)).order_by(Membership.id)
    return [one for one in db.session.scalars(found) if one.id in ids]


def shared(world, inside, by=None, days=DAYS):
    with inside(world.acme, by) as actor:
        token = links.share(actor, source_of(world.acme), days)
        db.session.commit()
    return token


def is_open(app, token):
    with app.app_context():
        shown = find(token)
        return shown is not None and shown.is_open


def one_link():
    return db.session.scalars(select(SpecificationLink)).one()


def change(app, row, **values):
    with app.app_context(), across_tenants(db.session):
        found = db.session.merge(row)
        for name, value in values.items():
            setattr(found, name, value)
        db.session.commit()


def test_of_ten_that_one_question_sends_at_once_one_link_is_made(world, inside):
    link_id = new_id()

    def ask(_):
        with inside(world.acme) as actor:
            try:
                links.share(actor, source_of(world.acme), DAYS, link_id)
                db.session.commit()
            except MadeAlready:
                db.session.rollback()
                return 0
            return 1

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(ask, range(10))) == 1
    with inside(world.acme):
        assert one_link().id == link_id


@pytest.fixture
def mailing(settings, smtp):
    return using(settings, smtp)


# Sharing ---------------------------------------------------------------------------------------


def test_a_link_opens_the_source_and_only_its_hash_is_kept(app, world, inside):
    token = shared(world, inside)

    with app.app_context():
        shown = find(token)

        assert shown.is_open
        assert shown.source.name == "acme-source"
        assert shown.tenant.name == "acme-tenant"
        assert shown.link.token_hash == fingerprint(token)
        assert token.startswith(f"{world.acme.tenant.code}.")


def test_sharing_is_audited_without_the_token(world, inside):
    token = shared(world, inside, world.acme.partner_user)

    with inside(world.acme):
        event = db.session.scalars(select(AuditEvent)).one()
        assert event.kind == "specification.shared"
        assert event.partner_id == world.acme.partner.id
        assert token not in str(event.after)


@pytest.mark.parametrize("token", ["", "x", "deadbeef.x", "{code}.x", "{code}"])
def test_an_unknown_token_opens_nothing(app, world, token):
    assert not is_open(app, token.format(code=world.acme.tenant.code))


def test_a_link_expires(app, world, inside):
    token = shared(world, inside, days=1)

    with time_machine.travel(now() + timedelta(days=1, minutes=1)), app.app_context():
        shown = find(token)
        assert not shown.is_open
        assert shown.link.state is SpecificationLinkState.EXPIRED


def test_a_revoked_link_opens_nothing(app, world, inside):
    token = shared(world, inside)

    with inside(world.acme, world.acme.partner_admin) as actor:
        links.revoke(actor, source_of(world.acme), one_link())
        db.session.commit()

    assert not is_open(app, token)
    with inside(world.acme) as actor:
        assert one_link().state is SpecificationLinkState.REVOKED
        assert links.of_source(source_of(world.acme), 10) == []
        with pytest.raises(Refusal, match="ended already"):
            links.revoke(actor, source_of(world.acme), one_link())


def test_a_deleted_source_is_shown_no_longer(app, world, inside):
    token = shared(world, inside)
    change(app, world.acme.source, deleted_at=now())

    assert not is_open(app, token)
    with inside(world.acme) as actor, pytest.raises(Refusal, match="deleted"):
        links.share(actor, source_of(world.acme), DAYS)


def test_a_link_of_partner_people_ends_when_the_source_leaves_them(app, world, inside):
    theirs, ours = shared(world, inside, world.acme.partner_user), shared(world, inside)

    change(app, world.acme.source, partner_id=world.acme.other_partner.id)

    assert not is_open(app, theirs)
    assert is_open(app, ours)


def test_live_links_are_listed_the_newest_first_with_who_made_them(world, inside):
    shared(world, inside, world.acme.partner_user)
    shared(world, inside)

    with inside(world.acme):
        found = links.of_source(source_of(world.acme), 10)
        assert [one.created_by.user.name for one in found] == ["acme-admin", "acme-partner-user"]


def test_the_role_decides(world, inside):
    with inside(world.acme, world.acme.validation) as actor:
        for deed in (
            lambda: links.share(actor, Source(name="x"), DAYS),
            lambda: links.mail(actor, Source(name="x"), [], DAYS),
            lambda: links.revoke(actor, Source(name="x"), SpecificationLink()),
        ):
            with pytest.raises(Forbidden):
                deed()


# Mailing ---------------------------------------------------------------------------------------


def test_everybody_who_is_mailed_gets_a_link_of_their_own(app, world, inside, smtp, mailing):
    acme = world.acme
    with inside(acme, acme.sales) as actor:
        links.mail(actor, source_of(acme), people(acme.partner_admin, acme.partner_user), DAYS)
        db.session.commit()

    one_pass(app, mailing)

    texts = [str(message) for message in smtp.messages]
    tokens = [text.split("/specs/")[1].split()[0] for text in texts]
    assert len(set(tokens)) == 2
    assert all(is_open(app, token) for token in tokens)
    with inside(acme):
        event = db.session.scalars(select(AuditEvent)).one()
        assert event.kind == "specification.mailed"
        assert len(event.after["to"]) == 2


def test_the_raw_token_is_kept_nowhere(world, inside):
    with inside(world.acme) as actor:
        links.mail(actor, source_of(world.acme), people(world.acme.partner_user), DAYS)

        assert one_link().token_hash is None
        assert one_link().email == "acme-partner-user@mail.example"


@pytest.mark.parametrize(("by", "is_named"), [("sales", False), ("partner_admin", True)])
def test_partner_people_learn_no_address_of_staff(app, world, inside, smtp, mailing, by, is_named):
    sender = getattr(world.acme, by)
    with inside(world.acme, sender) as actor:
        links.mail(actor, source_of(world.acme), people(world.acme.partner_user), DAYS)
        db.session.commit()

    one_pass(app, mailing)

    (message,) = smtp.messages
    parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    assert all(sender.user.name in part for part in parts)
    assert [sender.user.email in part for part in parts] == [is_named] * len(parts)


def test_nobody_is_mailed_more_than_five_times_a_day(world, inside):
    acme = world.acme
    with inside(acme, acme.partner_admin) as actor:
        source, user = source_of(acme), people(acme.partner_user)
        for _ in range(links.MAILS_PER_DAY):
            links.mail(actor, source, user, DAYS)

        with pytest.raises(TooMany, match=r"acme-partner-user@.* got 5"):
            links.mail(actor, source, people(acme.partner_admin, acme.partner_user), DAYS)
        with time_machine.travel(now() + timedelta(days=1, minutes=1)):
            links.mail(actor, source, user, DAYS)


def test_a_mailed_link_that_is_revoked_before_it_leaves_never_does(
    app, world, inside, smtp, mailing
):
    with inside(world.acme) as actor:
        links.mail(actor, source_of(world.acme), people(world.acme.partner_user), DAYS)
        links.revoke(actor, source_of(world.acme), one_link())
        letter = db.session.scalars(select(Letter).where(Letter.kind == "specification")).one()
        with pytest.raises(Gone):
            links.fresh_link(letter)
        db.session.commit()

    one_pass(app, mailing)

    assert smtp.messages == []
    with inside(world.acme):
        letter = db.session.scalars(select(Letter).where(Letter.kind == "specification")).one()
        assert letter.state is LetterState.WITHDRAWN


def test_a_mailed_link_ends_when_the_source_leaves_the_partner(app, world, inside, smtp, mailing):
    with inside(world.acme) as actor:
        links.mail(actor, source_of(world.acme), people(world.acme.partner_user), DAYS)
        db.session.commit()
    one_pass(app, mailing)
    token = str(smtp.messages[0]).split("/specs/")[1].split()[0]

    change(app, world.acme.source, partner_id=None)

    assert not is_open(app, token)


def test_a_partner_admin_mails_colleagues(world, inside):
    with inside(world.acme, world.acme.partner_admin) as actor:
        links.mail(actor, source_of(world.acme), people(world.acme.partner_user), DAYS)

        assert one_link().created_by_id == world.acme.partner_admin.id


def test_a_partner_user_does_not_see_whom_to_mail(world, inside):
    them = inside(world.acme, world.acme.partner_user)
    with them as actor, pytest.raises(Forbidden, match="users"):
        links.mail(actor, source_of(world.acme), [], DAYS)


def test_only_the_sources_own_people_are_mailed(world, inside):
    acme = world.acme
    with inside(acme) as actor:
        source = source_of(acme)
        with pytest.raises(Refusal, match="not with"):
            links.mail(actor, source, people(acme.partner_user, acme.support), DAYS)
        [gone] = people(acme.partner_user)
        gone.removed_at = now()
        with pytest.raises(Refusal, match="not with"):
            links.mail(actor, source, [gone], DAYS)


def test_at_least_one_and_not_too_many_are_mailed(world, inside):
    crowd = [Membership(role=Role.PARTNER_USER) for _ in range(links.MOST + 1)]
    with inside(world.acme) as actor:
        for members in ([], crowd):
            with pytest.raises(Invalid):
                links.mail(actor, source_of(world.acme), members, DAYS)
