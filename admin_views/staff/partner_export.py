"""The export of the partner list: every field of a partner that staff may see."""

from collections.abc import Mapping, Sequence

from sqlalchemy import String, Text, cast, func, select, type_coerce

from admin_views.export import Field
from models import Membership, Partner, PartnerStatus, User, db
from models.written import public, stamp
from operations import tags
from policy import Permission

STATUS = {status.value: status.word for status in PartnerStatus}
RULE = {True: "yes", False: "no"}
FIGURES = Permission.METRICS_VIEW
#: As text: the identifier is only looked up by.
MANAGER = cast(Partner.account_manager_id, Text)
MEMBER = cast(Membership.id, Text)


def fields() -> Sequence[Field]:
    """List the columns. Reads who account manager could be, which are few."""
    managers = _staff()
    return (
        Field("Identifier", public(Partner)),
        Field("Name", Partner.name),
        Field("Status", type_coerce(Partner.status, String), STATUS.__getitem__),
        Field("Account manager", MANAGER, lambda member: managers.get(member, "")),
        Field("Tags", tags.joined(), lambda joined: ", ".join(tags.parted(joined))),
        Field("Sources", Partner.source_count, str),
        Field("Users", Partner.user_count, str),
        Field("Received, 30 days", Partner.received_30, str, FIGURES),
        Field("Accepted, 30 days", Partner.accepted_30, str, FIGURES),
        Field("Last lead", func.coalesce(stamp(Partner.last_lead_at), ""), needs=FIGURES),
        Field("Added", stamp(Partner.created_at)),
        Field("Contact name", Partner.contact_name),
        Field("Contact e-mail", Partner.contact_email),
        Field("Phone", Partner.phone),
        Field("Website", Partner.website),
        Field("Shows returned leads", Partner.show_returned, RULE.__getitem__),
        Field("Returned leads left out of the payout", Partner.deduct_returned, RULE.__getitem__),
        Field("Internal notes", Partner.notes),
    )


def _staff() -> Mapping[str, str]:
    """Name the staff, those who left included: a partner may still be in their hands."""
    query = select(MEMBER, User.name).join(Membership.user).where(Membership.partner_id.is_(None))
    return {member: name for member, name in db.session.execute(query)}  # noqa: C416 - rows
