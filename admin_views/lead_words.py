"""What a lead is called and how it stands, as far as the reader is told."""

from typing import Any

from markupsafe import Markup

from admin_views import cells
from models import LeadState, Partner
from operations.mapping_fields import STANDARD
from visitor import actor, own_partner

#: Of the fields whose names say too little.
LABELS = {
    "email": "E-mail",
    "address_1": "Address",
    "address_2": "Address, second line",
}
TEST = Markup(' <span class="badge badge-info">Test</span>')


def name_of(lead: Any) -> str:
    """Call a lead by the person's name, or by whatever else it says about whom it is."""
    parts = (lead.fields.get("first_name"), lead.fields.get("last_name"))
    name = " ".join(str(part).strip() for part in parts if part)
    return name or lead.email or lead.phone or "Nameless lead"


def sees_returns() -> bool:
    """Whether the reader is told that leads were returned: a partner only if staff chose so."""
    return actor().is_staff or own_partner().show_returned


def state_of(lead: Any) -> LeadState:
    """Tell how a lead stands, to whoever reads."""
    state: LeadState = lead.state
    return state if state is LeadState.ACCEPTED else state.told(shows_returned=sees_returns())


def state(lead: Any, _more: object = None) -> Markup:
    """Show how a lead stands, and whether it is a test."""
    shown = cells.badge(state_of(lead))
    return shown + TEST if lead.is_test else shown


def payout_of(lead: Any, partner: Partner | None) -> int:
    """Tell what is owed: nothing for a returned lead whose partner leaves those out."""
    is_left_out = lead.state is LeadState.RETURNED and partner is not None
    return 0 if is_left_out and partner.deduct_returned else lead.payout_cents  # type: ignore[union-attr]


def label_of(field: str) -> str:
    """Name a lead field as people read it."""
    return LABELS.get(field) or field.replace("_", " ").strip().capitalize() or field


def said(value: object) -> str:
    """Say the value of a field."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return cells.NOTHING if value is None or value == "" else str(value)


def fields_of(lead: Any) -> list[tuple[str, str]]:
    """List what the lead says, the standard fields first."""
    names = [name for name in STANDARD if name in lead.fields]
    names += [name for name in lead.fields if name not in STANDARD]
    return [(label_of(name), said(lead.fields[name])) for name in names]
