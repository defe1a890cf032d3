"""Each check of identity sees what it is for: the data is broken once, on purpose."""

import pytest

from backline.identity.wiring import key_files
from backline.kit.checks import Found
from tests.kit.test_checks import said

DISABLED = "UPDATE users SET disabled_at = now() WHERE username = 'ann'"  # but the session was left


@pytest.fixture
def look(service):
    checks = {check.name: check for check in service.checks}

    async def look(name: str) -> Found:
        found: Found = await checks[f"identity.{name}"].look()
        return found

    return look


async def test_all_is_well_in_a_room_as_it_should_be(service, ann, admin) -> None:
    for check in service.checks:
        assert (await check.look()).wrong == 0, check.name


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("admins", ["UPDATE users SET role = 'host' WHERE role = 'admin'"]),
        ("admins", ["UPDATE users SET disabled_at = now() WHERE role = 'admin'"]),
        ("sessions", ["UPDATE sessions SET expires_at = now() + interval '1 day'", DISABLED]),
        ("sessions", ["UPDATE sessions SET idle_until = expires_at + interval '1 day'"]),
        ("audit", ["ALTER TABLE audit DISABLE TRIGGER audit_append_only"]),
        ("audit", ["DROP TRIGGER audit_append_only ON audit"]),
        ("migrations", ["DELETE FROM alembic_version WHERE version_num LIKE 'identity%'"]),
    ],
)
@pytest.mark.usefixtures("ann", "admin")
async def test_what_is_broken_is_seen(look, settings, name, damage) -> None:
    # The clock of the test stands in the past, PostgreSQL's own does not.
    await said(
        settings.database_url,
        "UPDATE sessions SET idle_until = now() + interval '1 hour',"
        " expires_at = now() + interval '2 hours'",
    )
    assert (await look(name)).wrong == 0

    await said(settings.database_url, *damage)

    found = await look(name)
    assert found.wrong > 0
    assert found.evidence


async def test_a_key_file_that_others_can_read_is_no_proof(look, settings, clock) -> None:
    assert await look("keys") == Found(1, 0)

    key_files(settings, clock).current()
    (settings.key_dir / "keys.json").chmod(0o644)

    with pytest.raises(Exception, match="can be read by others"):
        await look("keys")
