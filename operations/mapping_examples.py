"""A believable value for each row of a mapping, as a specification or a test lead shows it."""

from operations.mapping_cleanups import cleaner
from operations.mapping_fields import Field, Type
from operations.mapping_values import Value

BY_LEAD_FIELD: dict[tuple[str, Type], Value] = {
    ("first_name", Type.TEXT): "Maria",
    ("last_name", Type.TEXT): "Santos",
    ("address_1", Type.TEXT): "233 S Wacker Dr",
    ("address_2", Type.TEXT): "Suite 1200",
    ("city", Type.TEXT): "Chicago",
    ("state", Type.TEXT): "IL",
    ("postal_code", Type.TEXT): "60606",
    ("country", Type.TEXT): "US",
    ("email", Type.TEXT): "maria.santos@example.com",
    ("phone", Type.TEXT): "+13125550148",
}
BY_TYPE: dict[Type, Value] = {
    Type.TEXT: "Some text",
    Type.INTEGER: 42,
    Type.DECIMAL: "1234.50",
    Type.BOOLEAN: True,
    Type.EMAIL: "maria.santos@example.com",
    Type.PHONE: "+13125550148",
    Type.POSTAL_CODE: "60606",
    Type.US_STATE: "IL",
    Type.DATE: "1985-04-12",
    Type.DATE_TIME: "2026-11-20T15:04:05Z",
    Type.URL: "https://www.example.com/quote",
    Type.CHOICE: "",
}


def example_of(field: Field) -> Value:
    """Give a value that this row takes, spelled as its clean-ups leave it."""
    if field.allowed:
        return field.allowed[0]
    found = BY_LEAD_FIELD.get((field.to, field.type), BY_TYPE[field.type])
    return cleaner(field.cleanups)(found) or "123" if isinstance(found, str) else found
