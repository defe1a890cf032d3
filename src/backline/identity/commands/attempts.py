"""What strangers may ask for that is dear, before it is done."""

from dataclasses import dataclass

from backline.identity.domain.limits import LoginLimits, address_of
from backline.identity.domain.sessions import Client
from backline.identity.ports import AttemptLedger
from backline.kit.core.clock import Clock
from backline.kit.core.messages import Command


@dataclass(frozen=True, slots=True)
class ChargeAttempt(Command[None]):
    """A registration, or a try of a one-time link."""

    client: Client


async def charge_attempt(
    command: ChargeAttempt, ledger: AttemptLedger, limits: LoginLimits, clock: Clock
) -> None:
    """Take one from the address's budget; a transaction of its own, so that failures count too.

    Raises:
        TooManyAttempts: The budget is used up for now.
    """
    if not command.client.ip:
        return  # The command line.
    attempts = await ledger.get(f"account-making:{address_of(command.client.ip)}")
    attempts.charge(limits.registration, at=clock.now())
    await ledger.save(attempts)


COMMANDS = (charge_attempt,)
