"""Write docs/reference/errors.md: every refusal a caller can meet, from the classes themselves.

python tools/generate_error_reference.py [--check]
"""

import argparse
import ast
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
succeed. `retryable` means that the same request may succeed later. `metadata` names what a sentence
in another language can be made of; `case` tells the sentences of one reason apart, `count` is the
number that its plural goes by. This page is generated.
"""
SOURCE = Path(backline.__file__).parent
NOT_METADATA = {"violations"}


def refusals() -> list[type[BacklineError]]:
    """Every error class of the distribution that is not one of the kinds themselves."""
    for module in pkgutil.walk_packages(backline.__path__, "backline."):
        if ".api." not in module.name and ".migrations" not in module.name:
            importlib.import_module(module.name)
    found = {kind for kind in _below(BacklineError) if kind.__module__.startswith("backline.")}
    return sorted(
        (
            kind
            for kind in found
            if kind.__module__ != errors.__name__ and ".testing." not in kind.__module__
        ),
        key=lambda kind: (kind.domain, kind.reason, kind.__module__),
    )


def _below(parent: type[BacklineError]) -> Iterator[type[BacklineError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def metadata() -> dict[str, set[str]]:
    """Which metadata the source gives along with an error, by the class's name."""
    given: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                for call in _calls(node, "__init__"):
                    given.setdefault(node.name, set()).update(_keywords(call))
            elif isinstance(node, ast.Call):
                given.setdefault(_name(node.func), set()).update(_keywords(node))
    return given


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) == name:
            yield node


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _keywords(call: ast.Call) -> set[str]:
    return {word.arg for word in call.keywords if word.arg} - NOT_METADATA


def render() -> str:
    lines = [HEAD]
    given = metadata()
    domain = ""
    for refusal in refusals():
        if refusal.domain != domain:
            domain = refusal.domain
            lines += [
                f"\n## {domain}\n",
                "| reason | HTTP | gRPC | WebSocket | retryable | metadata | |",
            ]
            lines += ["|---|---|---|---|---|---|---|"]
        kind = refusal.kind
        about = " ".join((inspect.getdoc(refusal) or "").split("\n\n", maxsplit=1)[0].split())
        if about == " ".join((inspect.getdoc(refusal.__base__) or "").split()):
            about = ""
        http = int(getattr(refusal, "http_status", kind.http))
        lines.append(
            f"| `{refusal.reason}` | {http} | {kind.name} ({kind.grpc}) | {kind.ws} "
            f"| {'yes' if kind.retryable else 'no'} "
            f"| {', '.join(sorted(given.get(refusal.__name__, ())))} | {about} |"
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
