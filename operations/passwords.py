"""Passwords: Argon2id, and the few rules a new one has to meet."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config import Settings
from operations.refusal import Invalid

SHORTEST, LONGEST = 10, 128


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


def check_new(password: str, email: str) -> None:
    """Refuse what the rules refuse (SPEC, Sessions and accounts). Raises Invalid."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password", f"Use {SHORTEST} to {LONGEST} characters.")
    if password.casefold() == email.casefold():
        raise Invalid("password", "Your address is the first thing somebody else would try.")
