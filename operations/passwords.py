"""Passwords: Argon2id, and the few rules a new one has to meet."""

import base64
import secrets
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config import Settings
from models.base import key_of
from operations.refusal import Invalid

SHORTEST, LONGEST = 10, 128
#: What every form says beside a new password.
ADVICE = f"{SHORTEST} to {LONGEST} characters. A few words that nobody would guess are good."


def hasher(settings: Settings) -> PasswordHasher:
    """Argon2id as OWASP's password storage cheat sheet sets it: 19 MiB, two passes, one lane."""
    return PasswordHasher(
        time_cost=settings.password_passes, memory_cost=settings.password_memory, parallelism=1
    )


def hashed(password: str, settings: Settings) -> str:
    """Turn a password into what is stored."""
    return hasher(settings).hash(password)


def fits(password: str, stored: str, settings: Settings) -> bool:
    """Whether this is the password that was stored. Takes as long when it is not."""
    try:
        return hasher(settings).verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def renewed(password: str, stored: str, settings: Settings) -> str:
    """Hash a right password again where the installation's parameters have changed since."""
    if hasher(settings).check_needs_rehash(stored):
        return hashed(password, settings)
    return stored


def nobodys(settings: Settings) -> str:
    """Make up a hash that no password fits: checking it takes as long as checking a real one."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32)
    )
    cost = f"m={settings.password_memory},t={settings.password_passes},p=1"
    return f"$argon2id$v=19${cost}${salt}${digest}"


def check_new(password: str, email: str) -> None:
    """Refuse what the rules refuse (SPEC, Sessions and accounts). Raises Invalid."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password", f"Use {SHORTEST} to {LONGEST} characters.")
    if key_of(password) in {key_of(email), key_of(email.rpartition("@")[0])}:
        raise Invalid("password", "Your address is the first thing somebody else would try.")
    if password.casefold() in _common() or _is_one_run(password):
        raise Invalid(
            "password", "This password is on the lists that attackers try first. Choose another."
        )


@cache
def _common() -> frozenset[str]:
    """Load the list when it is first needed: most processes never see a new password."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST)


def _is_one_run(password: str) -> bool:
    """Whether it is one character over and over, or a run such as 123456789: or abcdefghij."""
    return len({ord(after) - ord(before) for before, after in pairwise(password)}) == 1
