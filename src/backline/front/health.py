"""How the box is, for hosts."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict

from backline.kit.auth.http import require
from backline.kit.core.actor import Role
from backline.kit.health import Checkup, Condition, Figure, Report

router = APIRouter(prefix="/api/health", tags=["health"])


class PartHealth(BaseModel):
    """One part. `word` is `in_time`, `behind`, `away`, `no_answer` and the like."""

    name: str
    condition: Condition
    word: str
    figures: dict[str, Figure]


class BoxAlarm(BaseModel):
    """Something that a host should do something about; `metadata` is what the words need."""

    code: str
    since: datetime
    metadata: dict[str, Figure]


class BoxHealth(BaseModel):
    """Every part as it was measured at `at`, and what is wrong."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-11-21T22:38:16Z",
                    "parts": [
                        {
                            "name": "disk",
                            "condition": "mind",
                            "word": "nearly_full",
                            "figures": {"free_share": 0.04, "free_bytes": 1_900_000_000},
                        }
                    ],
                    "alarms": [
                        {
                            "code": "disk_low",
                            "since": "2026-11-21T22:31:00Z",
                            "metadata": {"free_bytes": 1_900_000_000},
                        }
                    ],
                }
            ]
        }
    )

    at: datetime
    parts: list[PartHealth]
    alarms: list[BoxAlarm]

    @classmethod
    def of(cls, report: Report) -> "BoxHealth":
        return cls(
            at=report.at,
            parts=[
                PartHealth(
                    name=name,
                    condition=finding.condition,
                    word=finding.word,
                    figures=dict(finding.figures),
                )
                for name, finding in report.parts.items()
            ],
            alarms=[
                BoxAlarm(code=told.alarm.code, since=told.since, metadata=dict(told.alarm.metadata))
                for told in report.alarms
            ],
        )


def checkup_of(request: Request) -> Checkup:
    checkup: Checkup = request.app.state.checkup
    return checkup


@router.get("", summary="How every part of the box is (hosts)", dependencies=[require(Role.HOST)])
async def get_health(checkup: Annotated[Checkup, Depends(checkup_of)]) -> BoxHealth:
    """Measured now, each part within 1.5 s: one that does not answer is `unknown`."""
    return BoxHealth.of(await checkup())
