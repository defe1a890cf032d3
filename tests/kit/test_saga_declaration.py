"""A saga that could not be carried out is refused when it is written, not when it runs."""

from dataclasses import dataclass

import pytest

from backline.kit.saga.declaration import (
    Call,
    Compensatable,
    Pivot,
    Retriable,
    Saga,
    SagaRegistry,
    SagaUnknown,
    WrongDeclaration,
)
from backline.kit.saga.port import SagaData


@dataclass(frozen=True, slots=True)
class Trip(SagaData):
    who: str


async def go(data, attempt):
    """Do nothing."""


CALL = Call(go)


@pytest.mark.parametrize(
    "steps",
    [
        (Pivot("b", CALL), Compensatable("a", CALL, CALL)),
        (Retriable("c", CALL), Pivot("b", CALL)),
        (Pivot("a", CALL), Pivot("b", CALL)),
        (Compensatable("a", CALL, CALL), Retriable("a", CALL)),
        (Compensatable("a", undo=CALL),),
        (Compensatable("a", CALL, CALL), Compensatable("b", undo=CALL)),
        (),
    ],
    ids=["pivot first", "retriable first", "pivots", "names", "idle", "idle later", "none"],
)
def test_steps_in_a_wrong_order(steps):
    with pytest.raises(WrongDeclaration):
        Saga(Trip, *steps)


def test_two_sagas_of_one_name():
    saga = Saga(Trip, Pivot("a", CALL))

    with pytest.raises(WrongDeclaration):
        SagaRegistry([saga, saga])


def test_a_saga_that_nobody_declared():
    with pytest.raises(SagaUnknown):
        SagaRegistry([]).of(Trip("ann"))


def test_data_holds_nothing_unless_it_says_so():
    assert Trip("ann").resource is None
