"""Settings from the environment, checked at the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from click import ClickException

SHORTEST_KEY = 32


class SettingError(ClickException):
    """A setting is missing or makes no sense; the message says which and what to do.

    The command line shows it as one sentence.
    """


@dataclass(frozen=True)
class Settings:
    """Everything that may differ between two installations. The README has the table."""

    secret_key: str
    database_url: str
    instance: Path
    #: Whether a pooler stands before the database that lends a server for one transaction.
    database_pooler: bool = False
    #: Where exports and reports are read, as long as it follows the primary that closely.
    replica_url: str = ""
    replica_seconds: int = 10
    public_url: str = "http://127.0.0.1:8000"
    production: bool = True
    trusted_proxies: int = 0
    mail_server: str = ""
    mail_port: int = 25
    mail_use_tls: bool = False
    mail_use_ssl: bool = False
    mail_username: str = ""
    mail_password: str = ""
    mail_sender: str = "Inflow <no-reply@localhost>"
    mail_timeout: float = 15.0
    session_idle_minutes: int = 30
    session_hours: int = 12
    invite_days: int = 7
    invites_per_hour: int = 50
    invites_pending: int = 200
    mails_per_day: int = 5
    #: In five minutes: wrong passwords for one account, and from one network address.
    sign_in_attempts: int = 10
    resets_per_day: int = 5
    #: How long calls to the intake are kept as they came.
    submission_days: int = 30
    #: Where a source's calls per minute are counted: per process, or in a server for all.
    rate_limit_storage: str = "memory://"
    specification_days: int = 7
    #: Argon2id: memory in KiB, passes, lanes (OWASP's first choice: 19 MiB, 2, 1).
    password_memory: int = 19 * 1024
    password_passes: int = 2

    @property
    def is_https(self) -> bool:
        """Cookies are Secure and HSTS is sent where people reach the panel over https."""
        return self.public_url.startswith("https://")

    @property
    def mail_folder(self) -> Path:
        """Where letters are written as .eml files while no mail server is configured."""
        return self.instance / "mail"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read and check every setting. Raises SettingError with a sentence."""
        read = _Reader(environment)
        production = read.choice("INFLOW_ENV", "production", ("production", "development"))
        instance = Path(environment.get("INSTANCE") or "instance").resolve()
        port = read.number("PORT", 8000)
        settings = cls(
            secret_key=_secret_key(environment, production=production == "production"),
            database_url=environment.get("DATABASE_URL") or f"sqlite:///{instance / 'inflow.db'}",
            instance=instance,
            database_pooler=read.flag("DATABASE_POOLER"),
            replica_url=environment.get("REPLICA_URL", ""),
            replica_seconds=read.number("REPLICA_SECONDS", 10, at_least=1),
            public_url=read.url("PUBLIC_URL", f"http://127.0.0.1:{port}"),
            production=production == "production",
            trusted_proxies=read.number("TRUSTED_PROXIES", 0),
            mail_server=environment.get("MAIL_SERVER", ""),
            mail_port=read.number("MAIL_PORT", 25),
            mail_use_tls=read.flag("MAIL_USE_TLS"),
            mail_use_ssl=read.flag("MAIL_USE_SSL"),
            mail_username=environment.get("MAIL_USERNAME", ""),
            mail_password=environment.get("MAIL_PASSWORD", ""),
            mail_sender=environment.get("MAIL_DEFAULT_SENDER") or cls.mail_sender,
            session_idle_minutes=read.number("SESSION_IDLE_MINUTES", 30, at_least=1),
            session_hours=read.number("SESSION_HOURS", 12, at_least=1),
            invite_days=read.number("INVITE_DAYS", 7, at_least=1),
            invites_per_hour=read.number("INVITES_PER_HOUR", 50, at_least=1),
            invites_pending=read.number("INVITES_PENDING", 200, at_least=1),
            mails_per_day=read.number("MAILS_PER_DAY", 5, at_least=1),
            sign_in_attempts=read.number("SIGN_IN_ATTEMPTS", 10, at_least=1),
            resets_per_day=read.number("RESETS_PER_DAY", 5, at_least=1),
            submission_days=read.number("SUBMISSION_DAYS", 30, at_least=1),
            rate_limit_storage=environment.get("RATE_LIMIT_STORAGE") or cls.rate_limit_storage,
            specification_days=read.number("SPECIFICATION_DAYS", 7, at_least=1),
        )
        settings._check()
        return settings

    def _check(self) -> None:
        if self.mail_use_tls and self.mail_use_ssl:
            message = "Set MAIL_USE_TLS or MAIL_USE_SSL, not both: a connection has one of them."
            raise SettingError(message)
        if "@" not in parseaddr(self.mail_sender)[1]:
            message = (
                "MAIL_DEFAULT_SENDER must be an address such as Inflow <no-reply@example.com>,"
                f" not {self.mail_sender!r}."
            )
            raise SettingError(message)
        self._check_database()

    def _check_database(self) -> None:
        for name, url in {
            "DATABASE_URL": self.database_url if self.database_pooler or self.replica_url else "",
            "REPLICA_URL": self.replica_url,
        }.items():
            if url and not url.startswith("postgresql+psycopg:"):
                message = (
                    f"{name} must begin with postgresql+psycopg: where DATABASE_POOLER or"
                    " REPLICA_URL is set; SQLite has neither a pooler nor a replica."
                )
                raise SettingError(message)


def _secret_key(environment: Mapping[str, str], *, production: bool) -> str:
    key = environment.get("SECRET_KEY", "")
    if not production:
        return key or "development only"
    if len(key) < SHORTEST_KEY or key == "development only":
        message = (
            "SECRET_KEY is missing or too short: set it to at least 32 random characters, for"
            " example from: python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
        raise SettingError(message)
    return key


@dataclass(frozen=True)
class _Reader:
    environment: Mapping[str, str]

    def number(self, name: str, default: int, at_least: int = 0) -> int:
        text = self.environment.get(name) or str(default)
        if not text.isascii() or not text.isdecimal() or int(text) < at_least:
            message = f"{name} must be a whole number of at least {at_least}, not {text!r}."
            raise SettingError(message)
        return int(text)

    def flag(self, name: str) -> bool:
        text = (self.environment.get(name) or "0").lower()
        if text not in {"0", "1", "false", "true", "no", "yes"}:
            message = f"{name} must be 1 or 0, not {text!r}."
            raise SettingError(message)
        return text in {"1", "true", "yes"}

    def choice(self, name: str, default: str, words: tuple[str, ...]) -> str:
        text = self.environment.get(name) or default
        if text not in words:
            message = f"{name} must be one of {', '.join(words)}, not {text!r}."
            raise SettingError(message)
        return text

    def url(self, name: str, default: str) -> str:
        text = (self.environment.get(name) or default).rstrip("/")
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query:
            message = f"{name} must be an address such as https://leads.example.com, not {text!r}."
            raise SettingError(message)
        return text
