"""What each kind of event is called in words; one table, and a test that nothing is missing."""

import re

from markupsafe import Markup, escape

from models import AuditEvent

#: After the name of who did it: “Dana Whitfield | resent the invite for …”.
WORDS = {
    "account.password_changed": "changed the password of {name}",
    "account.password_reset": "set a new password for {name}",
    "account.renamed": "changed the name of {name}",
    "credential.closed": "closed the credential {name}",
    "credential.extended": "kept the credential {name} open for longer",
    "credential.issued": "issued the credential {name}",
    "credential.revoked": "revoked the credential {name}",
    "credential.rotated": "rotated the credential {name}",
    "invite.accepted": "accepted the invite for {name}",
    "invite.declined": "declined the invite for {name}",
    "invite.link_copied": "copied a link for {name}",
    "invite.resent": "resent the invite for {name}",
    "invite.revoked": "revoked the invite for {name}",
    "invite.role_changed": "changed the role in the invite for {name}",
    "invite.sent": "invited {name}",
    "job.asked": "asked for a job over all that match: {name}",
    "job.cancelled": "stopped a job: {name}",
    "job.undo_asked": "asked for a job to be undone: {name}",
    "leads.credited": "credited earlier leads to {name}",
    "lead.accepted_again": "took the return of {name} back",
    "lead.returned": "marked {name} as returned",
    "mapping.copied": "took over the fields of another source into the draft of {name}",
    "mapping.draft_discarded": "discarded the draft of the fields of {name}",
    "mapping.draft_saved": "changed the draft of the fields of {name}",
    "mapping.published": "published new fields of the source {name}",
    "mapping.replayed": "replayed the rejects of {name} against its draft",
    "member.added": "added {name}",
    "member.removed": "removed {name}",
    "member.restored": "brought {name} back",
    "member.role_changed": "changed the role of {name}",
    "metrics.repaired": "put the metrics right",
    "partners.imported": "imported partners from {name}",
    "partner.archived": "archived {name}",
    "partner.contact_edited": "edited the contact details of {name}",
    "partner.created": "created {name}",
    "partner.edited": "edited {name}",
    "partner.paused": "paused {name}",
    "partner.restored": "restored {name}",
    "partner.resumed": "resumed {name}",
    "preview.began": "looked at the panel of {name}",
    "preview.ended": "stopped looking at the panel of {name}",
    "session.began": "signed in",
    "session.ended": "signed out",
    "session.ended_everywhere": "signed out everywhere",
    "session.ended_others": "signed out everywhere else",
    "settings.edited": "changed the settings",
    "sources.imported": "imported sources from {name}",
    "source.assigned": "assigned the source {name}",
    "source.created": "created the source {name}",
    "source.deleted": "deleted the source {name}",
    "source.edited": "edited the source {name}",
    "source.go_live_asked": "asked for the source {name} to go live",
    "source.go_live_declined": "left the source {name} in test",
    "source.moved_away": "moved the source {name} to another partner",
    "source.moved_in": "took the source {name} over from another partner",
    "source.pause_undone": "took back the pause of the source {name}",
    "source.paused": "paused the source {name}",
    "source.restored": "restored the source {name}",
    "source.set_to_test": "set the source {name} to test",
    "source.tested": "sent a test lead to the source {name}",
    "source.unassign_undone": "gave back the source {name}",
    "source.unassigned": "unassigned the source {name}",
    "source.went_live": "set the source {name} live",
    "specification.mailed": "mailed the specification of {name}",
    "specification.revoked": "revoked a link to the specification of {name}",
    "specification.shared": "made a link to the specification of {name}",
    "tenant.created": "created the tenant {name}",
}
#: Comings and goings: the trail keeps them, what happened last leaves them out.
SIGNING = tuple(kind for kind in WORDS if kind.startswith("session."))
#: Which icon stands for a kind.
ICONS = {
    "account": "users",
    "invite": "invites",
    "lead": "leads",
    "leads": "leads",
    "mapping": "sources",
    "member": "users",
    "partner": "partners",
    "partners": "partners",
    "preview": "partners",
    "source": "sources",
    "sources": "sources",
    "specification": "sources",
    "credential": "key",
}
#: What the tenant does for itself; its partners do not read it.
FOR_STAFF_ONLY = (
    "mapping.copied",
    "mapping.draft_discarded",
    "mapping.draft_saved",
    "mapping.replayed",
    "preview.began",
    "preview.ended",
)
#: What a partner reads only if it is shown its returned leads.
ABOUT_RETURNS = ("lead.returned", "lead.accepted_again")


def words_of(event: AuditEvent) -> str:
    """Say what was done, as plain text that begins with a capital."""
    text = _pattern(event.kind).format(name=_name(event))
    return text[:1].upper() + text[1:]


def deed_of(event: AuditEvent) -> Markup:
    """Say what was done, to follow the name of who did it."""
    name = Markup("<bdi>{}</bdi>").format(_name(event))
    return escape(_pattern(event.kind)).format(name=name)


def icon_of(event: AuditEvent) -> str:
    """Name the icon of what an event is about."""
    return ICONS.get(event.kind.split(".")[0], "settings")


def label_of(kind: str) -> str:
    """Name a kind of event in a filter: “Invite resent”."""
    return re.sub(r"[._]", " ", kind).capitalize()


def _name(event: AuditEvent) -> str:
    """Name the object; a lead, whose name the trail does not keep, by the end of its identifier."""
    name = event.object_name or "something"
    return f"lead …{name[-6:]}" if event.kind.startswith("lead.") else name


def _pattern(kind: str) -> str:
    return WORDS.get(kind, f"{label_of(kind).lower()}: {{name}}")
