"""The whole box with the technologies for several hosts: three Kafka nodes, and Redis."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backline.kit.core.clock import SystemClock
from backline.kit.testing.eventually import eventually
from backline.kit.testing.redis_server import installed, redis_server
from tests.box import Box, Person, running_box
from tests.chaos.cluster import Cluster, running_cluster

WITHIN_S = 60


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[Cluster]:
    async with running_cluster() as running:
        yield running


@pytest.fixture(scope="module")
async def scaled_box(cluster: Cluster) -> AsyncIterator[Box]:
    if not installed():
        pytest.skip("redis-server is not installed")
    with redis_server() as redis:
        settings = {
            "BACKLINE_EVENTS_URL": f"kafka://{cluster.bootstrap}/room",
            "BACKLINE_REDIS_URL": redis.url,
        }
        async with running_box(settings) as box:
            yield box


@pytest.mark.timeout(400)
async def test_an_act_is_scored_from_its_opening_to_its_result(scaled_box: Box, cluster: Cluster):
    host, ann, ben = [
        await scaled_box.admin(),
        await scaled_box.listener("ann"),
        await scaled_box.listener("ben"),
    ]
    deadline = SystemClock().now() + timedelta(hours=1)
    act = await host.call(
        "POST",
        "/events",
        service="lineup",
        json={"title": "Night Bus", "description": "Two synths", "deadline": deadline.isoformat()},
    )
    path = f"/events/{act['id']}/score"

    first = await ann.call("POST", path, service="scores", json={"score": 2})
    second = await ben.call("POST", path, service="scores", json={"score": 5})
    await eventually(lambda: _is(ann, first["id"], status="confirmed"), within=WITHIN_S)
    await eventually(lambda: _is(ben, second["id"], status="confirmed"), within=WITHIN_S)
    changed = await ann.call("PUT", path, service="scores", json={"score": 4})
    await eventually(lambda: _is(ann, changed["id"], confirmed_score=4), within=WITHIN_S)

    closed = await host.call("POST", f"/events/{act['id']}/close", service="lineup")

    assert (closed["status"], closed["score_count"], closed["score_mean"]) == ("HIGH_SCORE", 2, 4.5)
    # That it has closed reaches the scores over Kafka.
    await eventually(lambda: _is(ann, first["id"], mutable=False), within=WITHIN_S)
    late = await ben.answer("PUT", path, service="scores", json={"score": 1})
    assert (late.status_code, late.json()["reason"]) == (409, "DEADLINE_PASSED")
    results = await ann.call("GET", f"/events/{act['id']}/results", service="scores")
    assert (results["count"], results["mean"]) == (2, 4.5)
    assert results["histogram"] == [0, 0, 0, 1, 1]

    # Created, three times scored, closed: it all went through Kafka.
    assert len({message.id for message in await cluster.read("room.lineup.v1")}) >= 5


async def _is(person: Person, score_id: int, **wanted: object) -> bool:
    seen = await person.call("GET", f"/scores/{score_id}", service="scores")
    return bool(wanted.items() <= seen.items())
