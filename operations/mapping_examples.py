"""A believable value for each row of a mapping, as a specification or a test lead shows it."""

from operations.mapping_cleanups import cleaner
from operations.mapping_fields import Field, Type
from operations.mapping_values import Value

EMAIL = "maria.santos@example.com"
PHONE = "+13125550148"
#: Where the numbers from 555-0100 to 555-0199 belong to nobody.
AREA_CODES = (202, 206, 212, 303, 305, 312, 404, 415, 512, 617)
BY_LEAD_FIELD: dict[tuple[str, Type], Value] = {
    ("first_name", Type.TEXT): "Maria",
    ("last_name", Type.TEXT): "Santos",
    ("address_1", Type.TEXT): "233 S Wacker Dr",
    ("address_2", Type.TEXT): "Suite 1200",
    ("city", Type.TEXT): "Chicago",
    ("state", Type.TEXT): "IL",
    ("postal_code", Type.TEXT): "60606",
    ("country", Type.TEXT): "US",
    ("email", Type.TEXT): EMAIL,
    ("phone", Type.TEXT): PHONE,
}
BY_TYPE: dict[Type, Value] = {
    Type.TEXT: "Some text",
    Type.INTEGER: 42,
    Type.DECIMAL: "1234.50",
    Type.BOOLEAN: True,
    Type.EMAIL: EMAIL,
    Type.PHONE: PHONE,
    Type.POSTAL_CODE: "60606",
    Type.US_STATE: "IL",
    Type.DATE: "1985-04-12",
    Type.DATE_TIME: "2026-11-20T15:04:05Z",
    Type.URL: "https://www.example.com/quote",
    Type.CHOICE: "",
}


def example_of(field: Field, number: int | None = None) -> Value:
    """Give a value that this row takes, spelled as its clean-ups leave it.

    With another number it is another person, so that no example is a duplicate of the last one.
    """
    if field.allowed:
        return field.allowed[0]
    found = BY_LEAD_FIELD.get((field.to, field.type), BY_TYPE[field.type])
    found = found if number is None else _of_person(found, number)
    return cleaner(field.cleanups)(found) or "123" if isinstance(found, str) else found


def _of_person(value: Value, number: int) -> Value:
    if value == EMAIL:
        return EMAIL.replace("@", f"+{number % 1_000_000:06}@")
    if value == PHONE:
        return f"+1{AREA_CODES[number // 100 % len(AREA_CODES)]}55501{number % 100:02}"
    return value
