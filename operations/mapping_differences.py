"""What differs between two mappings, in words: one sentence for each field that changes."""

from collections.abc import Iterable, Sequence

from operations import mapping_engine
from operations.mapping_fields import Cleanup, Field

#: A sentence names so many of a field's allowed values.
MOST_NAMED = 6
ORDER = "The order of the fields changes."


def shown(fields: Iterable[Field]) -> list[Field]:
    """Leave out what is hidden from the specification: partner people never read of it."""
    return [field for field in fields if not field.hidden]


def differences(before: Sequence[Field], after: Sequence[Field]) -> list[str]:
    """Say how `after` differs, in its order; what it no longer has comes last."""
    had, has = ({field.to: field for field in fields} for fields in (before, after))
    said = [
        _new(field) if field.to not in had else _changed(had[field.to], field) for field in after
    ]
    said += [_gone(field) for field in before if field.to not in has]
    found = [sentence for sentence in said if sentence]
    return found or ([ORDER] if list(before) != list(after) else [])


def _new(field: Field) -> str:
    parts = [
        f"new, becomes {field.to} ({field.type.word})",
        "required" if field.required else "optional",
        f"one of {_named(field.allowed)}" if field.allowed else "",
        f"“{field.default}” as default" if field.default else "",
    ]
    return f"“{field.name}”: " + ", ".join(part for part in parts if part) + "."


def _gone(field: Field) -> str:
    return f"“{field.name}”: no longer read as {field.to}, only kept as it came."


def _changed(was: Field, field: Field) -> str:
    parts = [
        f"was sent as “{was.name}”" if was.name != field.name else "",
        f"{was.type.word} becomes {field.type.word}" if was.type != field.type else "",
        _required(was, field),
        _default(was, field),
        *_allowed(was, field),
        _cleanups(was, field),
        _hidden(was, field),
    ]
    said = "; ".join(part for part in parts if part)
    return f"“{field.name}”: {said}." if said else ""


def _required(was: Field, field: Field) -> str:
    if was.required == field.required:
        return ""
    return "now required" if field.required else "no longer required"


def _default(was: Field, field: Field) -> str:
    if was.default == field.default:
        return ""
    return f"“{field.default}” as default" if field.default else "no default any more"


def _allowed(was: Field, field: Field) -> Iterable[str]:
    if was.allowed and not field.allowed:
        yield "any value is taken"
    elif field.allowed and not was.allowed:
        yield f"only {_named(field.allowed)}"
    else:
        yield from _exchanged(was.allowed, field.allowed)


def _exchanged(was: Sequence[str], now: Sequence[str]) -> Iterable[str]:
    if more := tuple(value for value in now if value not in was):
        yield f"also takes {_named(more)}"
    if less := tuple(value for value in was if value not in now):
        yield f"no longer takes {_named(less)}"


def _named(values: tuple[str, ...]) -> str:
    return mapping_engine.listed(values, MOST_NAMED)


def _cleanups(was: Field, field: Field) -> str:
    if was.cleanups == field.cleanups:
        return ""
    return f"clean-ups: {cleanup_words(field.cleanups)}"


def cleanup_words(cleanups: Sequence[Cleanup]) -> str:
    """Name the clean-ups in a row."""
    return ", ".join(cleanup.word.lower() for cleanup in cleanups) or "none"


def _hidden(was: Field, field: Field) -> str:
    if was.hidden == field.hidden:
        return ""
    return "now hidden from the specification" if field.hidden else "now in the specification"
