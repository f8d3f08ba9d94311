"""What the tests of mail share: letters in the outbox, and a worker's pass over them."""

import time
from dataclasses import replace

from models import Letter, across_tenants, db
from operations import delivery, outbox

WHEN = "2026-11-20T14:31:00+00:00"
ACCEPTED = {"person": "Ann", "person_email": "ann@mail.example", "role": "Sales", "when": WHEN}
INVITE = {"inviter": "Ann", "partner": "Acme", "role": "Partner User", "expires": WHEN}


def using(settings, smtp, **more):
    """The settings of an installation whose mail server this peer is."""
    return replace(settings, mail_server=smtp.host, mail_port=smtp.port, **more)


def queued(inside, side, to="ann@mail.example", kind="accepted", **facts):
    """A letter that was just queued and committed."""
    with inside(side):
        letter = outbox.queue(kind, to, **{**ACCEPTED, **facts})
        db.session.commit()
    return letter


def queued_invite(inside, side):
    """The letter of the side's invite, as sending it anew leaves it."""
    with inside(side):
        letter = outbox.queue("invite", side.invite.email, **INVITE)
        db.session.merge(side.invite).letter_id = letter.id
        db.session.commit()
    return letter


def one_pass(app, settings):
    with app.app_context(), across_tenants(db.session):
        delivery.sweep(settings)


def now_of(app, letter):
    """The letter as it is in the database now."""
    with app.app_context(), across_tenants(db.session):
        key = outbox.key_of(letter) if isinstance(letter, Letter) else letter.id
        return db.session.get(type(letter), key)


def change(app, letter, **values):
    with app.app_context(), across_tenants(db.session):
        row = db.session.merge(letter, load=True)
        for name, value in values.items():
            setattr(row, name, value)
        db.session.commit()


def until(holds, seconds=20):
    """Wait for what another process must bring about, which only looking again can tell."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not come true in time"
        time.sleep(0.02)
