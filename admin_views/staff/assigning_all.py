"""Assigning, moving and unassigning all sources that match: asked in steps, done by a job."""

from typing import Any

from flask import request
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from admin_views.base import Screen, now_at
from admin_views.bulk_task import job_note
from admin_views.chosen import NAMED, Chosen, all_that_match, within_seconds
from admin_views.job_words import job_url
from admin_views.staff.assign_form import CreditForm, chosen_partner, partners, way_back
from models import Membership, Partner, Source, db
from operations import bulk_job

CREDIT = "Leads from before"


def deal_with(screen: Screen, what: str) -> Response:
    """Ask to whom, ask whether, then ask for the job."""
    chosen, partner = all_that_match(screen.actor, Source), chosen_partner()
    if what != "unassign":
        form = CreditForm.sent()
        is_sent = "asked" in request.form and "search" not in request.form
        if not is_sent or partner is None or not form.validate():
            return _choose(screen, what, chosen, partner, is_sent=is_sent)
    if "confirmed" not in request.form:
        return _confirm(screen, what, chosen, partner)
    terms, told = _terms(what, partner)
    asked = (chosen.address, chosen.until, chosen.number or 0, terms, told)
    return now_at(job_url(screen.run(bulk_job.ask, f"sources.{what}", *asked)))


def _terms(what: str, partner: Partner | None) -> tuple[dict[str, Any], dict[str, str]]:
    if partner is None:
        return {}, {}
    terms: dict[str, Any] = {"partner": str(partner.id)}
    if what == "assign":
        credit, since = CreditForm.sent().terms
        terms |= {"credit": credit.value, "since": since.isoformat() if since else None}
    return terms, {"Partner": partner.name}


def _choose(
    screen: Screen, what: str, chosen: Chosen, partner: Partner | None, *, is_sent: bool
) -> Response:
    pick = partners(chosen=partner)
    pick.error = "" if partner or not is_sent else "Choose a partner."
    return screen.form_page(
        "staff/choose_partner.html",
        422 if is_sent else 200,
        what=what,
        url=screen.url(what),
        back=way_back(),
        sources=chosen.rows,
        these=chosen.many,
        others=(chosen.number or 0) - len(chosen.rows),
        hidden=chosen.hidden,
        pick=pick,
        form=CreditForm.sent() if what == "assign" else None,
        waiting=None,
        since=None,
    )


def _confirm(screen: Screen, what: str, chosen: Chosen, partner: Partner | None) -> Response:
    to = f" to {partner.name}" if partner else ""
    title = {"assign": "Assign {}{}?", "move": "Move {}{}?", "unassign": "Unassign {}{}?"}[what]
    lead = f"Leads that arrive from now on are credited{to or ' to nobody'}. Leads supplied so far"
    task = {
        "title": title.format(chosen.many, to),
        "lead": f"{lead} stay where they are, and the credentials go on working.",
        "url": screen.url(what),
        "button": f"{what.capitalize()} {chosen.many}",
        "cancel_url": way_back(),
        "note": job_note(chosen, f"sources.{what}"),
        "danger": what != "assign",
        "consequences": within_seconds(lambda: _consequences(chosen)) or [],
    }
    sent = ("partner", "credit", "since", "asked")
    carried = [(name, request.form[name]) for name in sent if request.form.get(name)]
    names = [row.name for row in chosen.rows[:NAMED]]
    return screen.form_page(
        "bulk_task.html",
        task=task,
        form=None,
        head=None,
        list_title="Sources",
        hidden=[*chosen.hidden, *carried],
        names=names,
        others=(chosen.number or 0) - len(names),
        back=way_back(),
    )


def _consequences(chosen: Chosen) -> list[tuple[str, int, str]]:
    """Count whose sources these are, and who can see them."""
    among = chosen.among(Source.id)
    theirs = select(Source.partner_id).where(among, Source.partner_id.is_not(None)).distinct()
    people = select(func.count()).select_from(Membership)
    people = people.where(Membership.partner_id.in_(theirs), Membership.removed_at.is_(None))
    partners_ = select(func.count()).select_from(theirs.subquery())
    return [
        ("Partners", db.session.scalar(partners_) or 0, "that have any of these now"),
        ("People", db.session.scalar(people) or 0, "of those partners"),
    ]
