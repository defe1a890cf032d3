"""What admins see of the settings, and what nobody sees."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from backline.kit.settings_report import HIDDEN, Origin, report


class Settings(BaseSettings):
    """Settings of a test, `ROOM_…`.

    Attributes:
        name: How it is called.
        database_url: Where it keeps things.
        mail_password: For sending.
        pin: For the door.
        api_token: For others.
        access_token_s: How long a token lives.
        key_dir: Where keys lie.
        open: Whether it is open.
    """

    model_config = SettingsConfigDict(env_prefix="ROOM_")

    name: str = "Backline"
    database_url: str = ""
    mail_password: str = ""
    pin: SecretStr = SecretStr("")
    api_token: str = ""
    access_token_s: int = Field(default=600)
    key_dir: str = "keys"
    open: bool = True


def entries(**given: str):
    environment = {f"ROOM_{name.upper()}": value for name, value in given.items()}
    settings = Settings.model_validate(given)
    found = report([("room", settings)], environment, {"ROOM_KEY_DIR": "/data/keys"})
    return {entry.name.removeprefix("ROOM_").lower(): entry for entry in found}


def test_a_setting_says_its_value_its_meaning_and_where_it_came_from() -> None:
    found = entries(name="Valve", key_dir="/data/keys")

    assert (found["name"].value, found["name"].origin) == ("Valve", Origin.ENVIRONMENT)
    assert (found["open"].value, found["open"].origin) == ("on", Origin.DEFAULT)
    assert found["key_dir"].origin is Origin.BOX
    assert entries(key_dir="/elsewhere")["key_dir"].origin is Origin.ENVIRONMENT
    assert found["access_token_s"].means == "How long a token lives."
    assert found["name"].default == "Backline"
    assert found["name"].service == "room"


def test_no_secret_is_shown() -> None:
    secret = "hunter2"
    found = entries(
        mail_password=secret,
        pin=secret,
        api_token=secret,
        database_url=f"postgresql://ann:{secret}@db/x?sslmode=on&password={secret}",
    )

    assert secret not in repr(found)
    for name in ("mail_password", "pin", "api_token"):
        assert (found[name].value, found[name].secret) == (HIDDEN, True)
    url = f"postgresql://ann:{HIDDEN}@db/x?sslmode=on&password={HIDDEN}"
    assert found["database_url"].value == url


def test_what_only_sounds_secret_is_shown() -> None:
    found = entries()

    assert (found["access_token_s"].value, found["access_token_s"].secret) == ("600", False)
    assert not found["key_dir"].secret
