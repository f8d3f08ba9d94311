"""Whether an invite's mail could not be delivered: told in the invite's own row, by triggers.

Few letters fail. Asking the letters which invites these are takes a look-up for each invite; an
index on what the invites say takes none. The database tells it in the transaction of the change
itself, whoever makes it, so no operation can forget to.

An invite is only given a letter that is written in the same transaction: nobody else can note that
it failed before. And whoever notes a failure holds the invite before (operations/claims.py).
"""

from typing import Any

from models.when_created import when_created

#: Whether the letter of an invite failed; `{row}` is the invite.
FAILED = (
    "EXISTS (SELECT 1 FROM letter WHERE tenant_id = {row}.tenant_id AND id = {row}.letter_id"
    " AND failed_at IS NOT NULL)"
)
#: Tell the invite of a letter whose failure is noted or taken back.
TELL = (
    "UPDATE invite SET mail_failed = (new.failed_at IS NOT NULL)"
    " WHERE tenant_id = new.tenant_id AND letter_id = new.id"
)
ON_LETTER = """
CREATE TRIGGER letter_tells_invite AFTER UPDATE OF failed_at ON letter FOR EACH ROW
WHEN ((old.failed_at IS NULL) <> (new.failed_at IS NULL))"""

POSTGRESQL = (
    f"""
CREATE FUNCTION letter_tells_invite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {TELL};
    RETURN NULL;
END $$""",
    f"{ON_LETTER} EXECUTE FUNCTION letter_tells_invite()",
    f"""
CREATE FUNCTION invite_asks_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.mail_failed := {FAILED.format(row="new")};
    RETURN new;
END $$""",
    """
CREATE TRIGGER invite_asks_letter BEFORE INSERT OR UPDATE OF letter_id ON invite
FOR EACH ROW EXECUTE FUNCTION invite_asks_letter()""",
)
#: SQLite has no trigger for two events, and none that changes a row before it is written.
ON_INVITE = """
CREATE TRIGGER invite_asks_letter_{name} AFTER {event} ON invite
WHEN new.mail_failed <> {failed}
BEGIN
    UPDATE invite SET mail_failed = NOT new.mail_failed
    WHERE tenant_id = new.tenant_id AND id = new.id;
END"""
EVENTS = {"insert": "INSERT", "update": "UPDATE OF letter_id"}
SQLITE = (
    f"{ON_LETTER} BEGIN {TELL}; END",
    *(
        ON_INVITE.format(name=name, event=change, failed=FAILED.format(row="new"))
        for name, change in EVENTS.items()
    ),
)

#: Tell those invites whose letters failed before there were triggers, on either database.
BACKFILL = f"UPDATE invite SET mail_failed = true WHERE {FAILED.format(row='invite')}"  # noqa: S608


def statements(dialect: str) -> tuple[str, ...]:
    """List what lets invites say it, for `create_all` and for migrations."""
    return POSTGRESQL if dialect == "postgresql" else SQLITE


def removals(dialect: str) -> list[str]:
    """List what takes it back."""
    if dialect == "postgresql":
        names = ("letter_tells_invite", "invite_asks_letter")
        return [f"DROP FUNCTION {name}() CASCADE" for name in names]
    asking = [f"invite_asks_letter_{name}" for name in EVENTS]
    return [f"DROP TRIGGER {name}" for name in ("letter_tells_invite", *asking)]


def keep_told(invite: Any) -> None:  # noqa: ANN401 - a mapped class
    """Declare that an invite's row says whether its letter failed."""
    table = invite.__table__  # created after that of the letters, to which it refers
    for dialect in ("postgresql", "sqlite"):
        when_created(table, dialect, *statements(dialect))
