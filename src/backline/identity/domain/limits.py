"""How often something may be tried, and how long to wait after that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from backline.kit.core.errors import ResourceExhausted


class TooManyAttempts(ResourceExhausted):
    """Wait a little; the answer says until when."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__("Too many tries. Wait a little, then try again.", retry_at=retry_at)


def address_of(ip: str) -> str:
    """What counts as one address: an IPv6 customer has a whole /64 to choose from."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip  # A Unix socket has none.
    if isinstance(address, IPv4Address):
        return ip
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


@dataclass(frozen=True, slots=True)
class Allowance:
    """The budget of one address, account or device.

    Attributes:
        free: Tries that cost nothing.
        longest: The most that one has to wait.
        forget_after: Without a try for so long, all are free again.
    """

    free: int
    longest: timedelta
    forget_after: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """Three budgets for guessing passwords.

    Whoever has logged in on a device before carries a device cookie and draws from its budget
    alone. Strangers draw from their address's and the account's. So nobody can lock somebody out
    by guessing: the owner's own devices do not notice.
    After OWASP, "Slow down online guessing attacks with device cookies".
    """

    address: Allowance = Allowance(free=50, longest=timedelta(minutes=5))
    account: Allowance = Allowance(free=5, longest=timedelta(minutes=1))
    device: Allowance = Allowance(free=10, longest=timedelta(minutes=1))
    registration: Allowance = Allowance(free=100, longest=timedelta(minutes=5))
    guests: Allowance = Allowance(free=500, longest=timedelta(minutes=1))


@dataclass(slots=True)
class Attempts:
    """The tries of one address, account or device."""

    key: str
    count: int = 0
    last_at: datetime | None = None
    blocked_until: datetime | None = None

    def charge(self, allowance: Allowance, *, at: datetime) -> None:
        """Count one try before it is known how it ends, so that parallel tries count too.

        Raises:
            TooManyAttempts: It is not this one's turn yet; it does not count.
        """
        if self.blocked_until is not None and at < self.blocked_until:
            raise TooManyAttempts(self.blocked_until)
        if self.last_at is not None and at - self.last_at >= allowance.forget_after:
            self.count = 0
        self.count += 1
        self.last_at = at
        excess = self.count - allowance.free
        if excess >= 0:
            # 2**excess seconds; the exponent is bounded so that the number stays small.
            delay = timedelta(seconds=2 ** min(excess, 16))
            self.blocked_until = at + min(delay, allowance.longest)

    def refund(self) -> None:
        """Take the last charge back: the try was a good one."""
        self.count = max(0, self.count - 1)
        self.blocked_until = None

    def forgive(self) -> None:
        """Begin anew: somebody has proved that they know the password."""
        self.count = 0
        self.blocked_until = None
