"""The letters that carry invites, and the link in each: made when it is mailed, kept as a hash."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select, update

from models import Invite, Letter, Partner, Tenant, db
from models.base import new_id, new_secret
from models.bulk import rows_changed
from models.invite import pending_invites
from operations import outbox, sessions
from operations.refusal import Gone
from policy import Actor


def write_letters(
    actor: Actor,
    tenant: Tenant,
    invites: Sequence[Invite],
    accounts: Collection[str],
    expires_at: datetime | None = None,
) -> list[Letter]:
    """Queue one letter per invite, in two statements however many they are.

    `expires_at` is when their links will end, where the invites do not say so yet.
    """
    partners = _names_of({invite.partner_id for invite in invites if invite.partner_id})
    letters = [
        Letter(
            id=new_id(),
            tenant_id=tenant.id,
            partner_id=invite.partner_id,
            kind="invite",
            to_email=invite.email,
            facts={
                "inviter": actor.name,
                # Partner people know staff by name, without an address.
                "inviter_email": "" if actor.is_staff and invite.partner_id else actor.email,
                "tenant": tenant.name,
                "partner": partners.get(invite.partner_id),
                "role": invite.role.word,
                "role_help": invite.role.purpose,
                "message": invite.message,
                "address": invite.email,
                "expires": (expires_at or invite.expires_at).isoformat(),
                "new_person": invite.email_key not in accounts,
            },
        )
        for invite in invites
    ]
    db.session.add_all(letters)
    db.session.flush()
    return letters


def _names_of(ids: Collection[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    found = db.session.execute(select(Partner.id, Partner.name).where(Partner.id.in_(ids)))
    return dict(found.all())


def withdraw_letters(invites: Iterable[Invite]) -> None:
    """Take back the letters of these invites that have not left yet."""
    outbox.withdraw(*(invite.letter_id for invite in invites if invite.letter_id))


def fresh_link(letter: Letter) -> str:
    """Make the token of the link that this letter carries; any link before it stops working.

    Called by whoever mails the letter, in a transaction that is committed before it leaves.
    Raises Gone when the invite is no longer open, or a newer letter carries its link.
    """
    tenant = db.session.get_one(Tenant, letter.tenant_id)
    token = new_token(tenant)
    if not set_token(Invite.letter_id == letter.id, letter.tenant_id, token):
        raise Gone("The invite of this letter is no longer open.")
    return token


def new_token(tenant: Tenant) -> str:
    """256 random bits, led by the tenant's code: a look-up touches one tenant only."""
    return f"{tenant.code}.{new_secret()}"


def set_token(which, tenant_id: int, token: str) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Make this the invite's one working token. False when it is no longer pending."""
    changed = rows_changed(
        db.session,
        update(Invite)
        .where(Invite.tenant_id == tenant_id, which, pending_invites())
        .values(token_hash=sessions.fingerprint(token)),
    )
    return changed == 1
