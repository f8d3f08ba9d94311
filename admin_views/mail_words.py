"""Say where a mail goes: to the mail server, or to files that nobody receives."""

from policy import Permission, may
from visitor import actor, settings, tenant_name


def underway(mails: int) -> str:
    """Complete “The mail …”: what becomes of so many mails now."""
    verb, them = ("is", "it") if mails == 1 else ("are", "them")
    if settings().mail_server:
        return f"{verb} queued"
    return f"{verb} written to the mail folder; nobody receives {them}"


def invited(where: str = "below") -> str:
    """Say how an invite reaches people; `where` its link is copied."""
    if settings().mail_server:
        return "Each person gets a mail with a link of their own."
    return (
        f"Each person has a link of their own. No mail server is configured: {_who_copies(where)}"
    )


def _who_copies(where: str) -> str:
    if may(actor(), Permission.INVITES_COPY_LINK):
        return f"copy the link of each invite {where} and pass it on."
    return f"{tenant_name()} has to pass the links on."
