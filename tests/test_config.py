"""Settings are checked at the start, with a sentence that says what to do."""

import pytest

from config import SettingError, Settings

LONG = "k" * 40


def read(**environment):
    return Settings.from_environment({"SECRET_KEY": LONG, **environment})


def test_without_anything_but_a_key_the_database_is_a_file_in_the_instance(tmp_path):
    settings = read(INSTANCE=str(tmp_path))

    assert settings.database_url == f"sqlite:///{tmp_path / 'inflow.db'}"
    assert settings.mail_folder == tmp_path / "mail"


@pytest.mark.parametrize("key", ["", "short", "development only"])
def test_production_refuses_a_missing_or_weak_secret_key(key):
    with pytest.raises(SettingError, match="SECRET_KEY"):
        Settings.from_environment({"SECRET_KEY": key})


def test_development_starts_without_a_key():
    assert Settings.from_environment({"INFLOW_ENV": "development"}).secret_key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAIL_PORT", "smtp"),
        ("MAIL_PORT", "-1"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("REPLICA_SECONDS", "0"),
        ("MAIL_USE_TLS", "maybe"),
        ("MAIL_DEFAULT_SENDER", "Inflow"),
        ("INFLOW_ENV", "staging"),
        ("PUBLIC_URL", "leads.example.com"),
        ("PUBLIC_URL", "ftp://leads.example.com"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name, value):
    with pytest.raises(SettingError, match=name):
        read(**{name: value})


def test_tls_and_ssl_exclude_each_other():
    with pytest.raises(SettingError, match="not both"):
        read(MAIL_USE_TLS="1", MAIL_USE_SSL="true")


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("DATABASE_URL", {"DATABASE_POOLER": "1"}),
        ("DATABASE_URL", {"REPLICA_URL": "postgresql+psycopg://db/inflow"}),
        (
            "REPLICA_URL",
            {"DATABASE_URL": "postgresql+psycopg://db/inflow", "REPLICA_URL": "sqlite:///a.db"},
        ),
    ],
)
def test_a_pooler_and_a_replica_are_those_of_postgresql(name, more):
    with pytest.raises(SettingError, match=name):
        read(**more)

    assert read(DATABASE_URL="postgresql+psycopg://db/inflow", DATABASE_POOLER="1").database_pooler


def test_an_https_address_makes_cookies_secure():
    assert read(PUBLIC_URL="https://leads.example.com/").is_https
    assert not read(PUBLIC_URL="http://127.0.0.1:8000").is_https
