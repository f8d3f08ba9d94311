"""All rows that match a list's filters and search, done in a job: batch after committed batch.

Which rows these are, the list says (`Find`): by the address that it had when somebody chose all
that match. They are followed by their identifiers, up to the one of the moment when they were
counted, so that neither what the job itself changes nor what is added meanwhile is skipped or
done twice. The position is committed with the rows.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError

from models import Job, JobRefusal, Lead, db
from models.base import new_id
from models.bulk import insert_many
from operations import audit, background
from operations.bulk_deed import ALREADY, Left, Terms
from operations.bulk_deeds import DEEDS
from operations.refusal import Forbidden, Refusal
from policy import Actor, may

#: Finds the rows of a list by its address, as far as this actor may see them.
Find = Callable[[Actor, str], Select[Any]]
#: So many rows are one transaction: others who want to write to SQLite wait no longer for it.
A_STEP = 500
MEANWHILE = "Somebody else changed it at the same moment."
DONE, UNCHANGED, REFUSED = "Done", "Unchanged", "Refused"


def ask(  # noqa: PLR0913, PLR0917 - what was chosen has this many parts
    actor: Actor,
    kind: str,
    address: str,
    until: uuid.UUID,
    total: int,
    terms: Terms,
    told: Mapping[str, str],
) -> Job:
    """Queue the deed for every row up to `until` that the list at this address shows.

    `terms` is what the deed needs, `told` the same in words.
    """
    if not may(actor, DEEDS[kind].needs):
        raise Forbidden("Your role does not include this.")
    facts: dict[str, Any] = {
        "list": address,
        "until": str(until),
        "terms": dict(terms),
        "told": dict(told),
    }
    job = background.ask(actor, kind, total=total, address=actor.address, **facts)
    after = {"list": address, "rows": total, **told}
    audit.record(actor, "job.asked", job, name=DEEDS[kind].title, after=after)
    return job


def step(find: Find, job: Job) -> bool:
    """Do the next rows; says whether they were the last."""
    deed = DEEDS[job.kind]
    actor = background.standing(job, deed.needs)
    matching = find(actor, job.facts["list"])
    terms: Terms = job.facts["terms"]
    rows = _next(job, matching, deed.model.id)
    left = deed.left(actor, rows, terms)
    fit = [row for row in rows if row.id not in left]

    def work(ids: Sequence[uuid.UUID]) -> None:
        some = fit if len(ids) == len(fit) else again(matching, deed.model.id, ids)
        deed.do(actor, some, terms)

    left |= attempt(work, [row.id for row in fit])
    note(job, [(row, row.public_id, _name_of(row)) for row in rows], left)
    return len(rows) < A_STEP


def again(matching: Select[Any], identifier: Any, ids: Sequence[uuid.UUID]) -> Sequence[Any]:  # noqa: ANN401
    """Read rows anew that are tried again: what was tried before was taken back."""
    rows = _read(matching.where(identifier.in_(ids)))
    if len(rows) < len(ids):
        raise Refusal(MEANWHILE)
    return rows


def _name_of(row: Any) -> str:  # noqa: ANN401
    return "" if isinstance(row, Lead) else audit.name_of(row)  # a lead's would be an address


def _next(job: Job, matching: Select[Any], identifier: Any) -> Sequence[Any]:  # noqa: ANN401
    reached, until = job.cursor.get("after"), uuid.UUID(job.facts["until"])
    query = matching.where(identifier <= until)
    if reached:
        query = query.where(identifier > uuid.UUID(reached))
    return _read(query.order_by(None).order_by(identifier).limit(A_STEP))


def _read(query: Select[Any]) -> Sequence[Any]:
    fresh = query.execution_options(populate_existing=True)
    return db.session.scalars(fresh).unique().all()


def attempt(work: Callable[[Sequence[uuid.UUID]], object], ids: Sequence[uuid.UUID]) -> Left:
    """Do all of them, or find out which of them refuse by trying each half by itself."""
    if not ids:
        return {}
    try:
        with db.session.begin_nested():
            work(ids)
    except (Refusal, IntegrityError) as error:
        if len(ids) == 1:
            return {ids[0]: error.sentence if isinstance(error, Refusal) else MEANWHILE}
        middle = len(ids) // 2
        return attempt(work, ids[:middle]) | attempt(work, ids[middle:])
    return {}


#: A row as a job counts it: it, its public identifier and its name.
Counted = tuple[Any, str, str]


def note(job: Job, rows: Sequence[Counted], left: Left) -> None:
    """Keep how far the job is, and which rows it left as they were, with the reason."""
    refused = [
        _refusal(job, public_id, name, left[row.id])
        for row, public_id, name in rows
        if left.get(row.id, ALREADY) != ALREADY
    ]
    if refused:
        insert_many(db.session, JobRefusal, refused)
    counted = {DONE: len(rows) - len(left), UNCHANGED: len(left) - len(refused)}
    counted[REFUSED] = len(refused)
    job.result = {word: job.result.get(word, 0) + number for word, number in counted.items()}
    if rows:
        job.cursor = {"after": str(rows[-1][0].id)}
    job.done += len(rows)


def _refusal(job: Job, public_id: str, name: str, reason: str) -> dict[str, Any]:
    return {
        "tenant_id": job.tenant_id,
        "id": new_id(),
        "job_id": job.id,
        "partner_id": job.partner_id,
        "object_public_id": public_id,
        "object_name": name[:254],
        "reason": reason[:500],
    }
