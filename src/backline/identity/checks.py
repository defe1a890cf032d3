"""What can be proved about identity's data."""

from collections.abc import Callable, Sequence

from backline.kit import common_checks
from backline.kit.checks import Check, Found, FunctionCheck, SqlCheck


def checks(database_url: str, active_keys: Callable[[], int]) -> Sequence[Check]:
    """All of them.

    Args:
        active_keys: How many keys sign; raises if the key file cannot be used.
    """

    async def one_key_signs() -> Found:
        active = active_keys()
        return Found(active, abs(active - 1))

    return (
        SqlCheck(
            name="identity.admins",
            proves="Somebody can administer this box.",
            mend="backline users create NAME --role admin --password-stdin",
            url=database_url,
            counted="SELECT count(*) FROM users WHERE role = 'admin' AND disabled_at IS NULL",
            wrong="""
                SELECT 'no admin that may log in' WHERE NOT EXISTS
                  (SELECT FROM users WHERE role = 'admin' AND disabled_at IS NULL)
                  AND EXISTS (SELECT FROM users WHERE username IS NOT NULL)
            """,
        ),
        SqlCheck(
            name="identity.sessions",
            proves="Nobody is logged in who may not be, and no session outlives its end.",
            mend="backline users disable NAME",
            url=database_url,
            counted="""
                SELECT count(*) FROM sessions
                WHERE ended_at IS NULL AND least(idle_until, expires_at) > now()
            """,
            wrong="""
                SELECT s.id || ' of ' || u.display_name
                  || CASE WHEN u.disabled_at IS NOT NULL THEN ': disabled' ELSE ': too long' END
                FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.ended_at IS NULL AND (s.idle_until > s.expires_at
                  OR u.disabled_at IS NOT NULL AND least(s.idle_until, s.expires_at) > now())
            """,
        ),
        SqlCheck(
            name="identity.audit",
            proves="Nobody can change the audit log.",
            mend="backline restore FILE",
            url=database_url,
            counted="SELECT count(*) FROM audit",
            wrong="""
                SELECT 'audit_append_only is not in force' WHERE NOT EXISTS
                  (SELECT FROM pg_trigger WHERE tgname = 'audit_append_only'
                   AND tgrelid = 'audit'::regclass AND tgenabled IN ('O', 'A'))
            """,
        ),
        FunctionCheck(
            name="identity.keys",
            proves="Exactly one key signs, and nobody else can read it.",
            mend="backline keys list",
            function=one_key_signs,
        ),
        common_checks.outbox("identity", database_url),
        common_checks.migrations("identity", database_url, "backline.identity"),
    )
