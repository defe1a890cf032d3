"""Write docs/reference/errors.md: every refusal a caller can meet, from the classes themselves.

python tools/generate_error_reference.py [--check]
"""

import argparse
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

import backline
from backline.kit.core import errors
from backline.kit.core.errors import BacklineError

TARGET = Path(__file__).parents[1] / "docs/reference/errors.md"
HEAD = """# Errors

Every refusal is told in the caller's own language: an RFC 9457 problem document over HTTP, a
`google.rpc.Status` with `ErrorInfo` over gRPC, an error frame or a close code over a WebSocket.
Programs look at `reason` and `domain`; people read `detail`, which says why and what would make it
succeed. `retryable` means that the same request may succeed later. This page is generated.
"""


def refusals() -> list[type[BacklineError]]:
    """Every error class of the distribution that is not one of the kinds themselves."""
    for module in pkgutil.walk_packages(backline.__path__, "backline."):
        if ".api." not in module.name and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found = {kind for kind in _below(BacklineError) if kind.__module__.startswith("backline.")}
    return sorted(
        (kind for kind in found if kind.__module__ != errors.__name__),
        key=lambda kind: (kind.domain, kind.reason, kind.__module__),
    )


def _below(parent: type[BacklineError]) -> Iterator[type[BacklineError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def render() -> str:
    lines = [HEAD]
    domain = ""
    for refusal in refusals():
        if refusal.domain != domain:
            domain = refusal.domain
            lines += [f"\n## {domain}\n", "| reason | HTTP | gRPC | WebSocket | retryable | |"]
            lines += ["|---|---|---|---|---|---|"]
        kind = refusal.kind
        about = " ".join((inspect.getdoc(refusal) or "").split("\n\n", maxsplit=1)[0].split())
        if about == " ".join((inspect.getdoc(refusal.__base__) or "").split()):
            about = ""
        http = int(getattr(refusal, "http_status", kind.http))
        lines.append(
            f"| `{refusal.reason}` | {http} | {kind.name} ({kind.grpc}) | {kind.ws} "
            f"| {'yes' if kind.retryable else 'no'} | {about} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the page is stale")
    fresh = render()
    if parser.parse_args().check:
        return int(not TARGET.exists() or TARGET.read_text() != fresh)
    TARGET.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
