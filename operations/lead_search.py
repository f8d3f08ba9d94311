"""Finding leads by what people have at hand: an e-mail address, a phone number, an identifier."""

import re

import phonenumbers
from sqlalchemy import ColumnElement, or_

from models import Lead, Submission
from models.base import parse_id
from operations.duplicates import email_key, phone_key

#: Numbers without a country code are read as numbers of this country.
HOME = "US"
#: A shorter text of digits is no phone number.
FEWEST_DIGITS = 5
NO_DIGIT = re.compile(r"[^0-9]")


def sought(typed: str) -> ColumnElement[bool]:
    """Leads with exactly this address, number or identifier: each has an index of its own."""
    text = typed.strip()
    for kind in (Lead, Submission):  # a lead has the identifier of its submission
        try:
            identifier = parse_id(kind.prefix, text)
        except ValueError:
            continue
        by_identifier: ColumnElement[bool] = Lead.id == identifier
        return by_identifier
    has_address: ColumnElement[bool] = Lead.email == email_key({"email": text})
    numbers = _numbers(text)
    return or_(has_address, Lead.phone.in_(numbers)) if numbers else has_address


def _numbers(text: str) -> list[str]:
    """The ways in which this may have been kept, international with or without its plus."""
    digits = NO_DIGIT.sub("", text)
    if "@" in text or len(digits) < FEWEST_DIGITS:
        return []
    found = {phone_key({"phone": text}), f"+{digits}"}
    for region in (None, HOME):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return sorted(found)
