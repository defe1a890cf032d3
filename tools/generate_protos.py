"""Generate src/backline/api from protos/, or check that it is fresh.

python tools/generate_protos.py [--check]

The output depends on the .proto files and the locked versions of grpcio-tools and mypy-protobuf
alone. Files without a service get no gRPC stubs; what no .proto stands for any more is removed.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc_tools  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
PROTOS = ROOT / "protos"
SOURCE = ROOT / "src"
PACKAGE = Path("backline/api")
WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"
MARKER = '"""The published language, generated from `protos/`. Never edited by hand."""\n'
_GENERATED = re.compile(r".*_pb2(_grpc)?\.pyi?")
_SERVICE = re.compile(r"^service\s", re.MULTILINE)


def generate(target: Path) -> None:
    """Write the whole package into the folder `target`."""
    protos = sorted(PROTOS.rglob("*.proto"))
    with_service = [path for path in protos if _SERVICE.search(path.read_text("utf-8"))]
    (target / PACKAGE).mkdir(parents=True, exist_ok=True)
    _protoc(protos, f"--python_out={target}", f"--mypy_out=quiet:{target}")
    if with_service:
        _protoc(with_service, f"--grpc_python_out={target}", f"--mypy_grpc_out=quiet:{target}")
    (target / PACKAGE / "__init__.py").write_text(MARKER, "utf-8")
    for path in protos:
        folder = target / path.relative_to(PROTOS).parent
        while folder != target / PACKAGE:
            (folder / "__init__.py").touch()
            folder = folder.parent


def _protoc(protos: list[Path], *outputs: str) -> None:
    # The plugins of protoc are looked for beside this very Python.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", f"-I{WELL_KNOWN}", *outputs]
        + [str(proto) for proto in protos],
        check=True,
        env={"PATH": path},
    )


def contents(root: Path) -> dict[Path, str]:
    """Every generated file below `root` and every package marker, by its relative path."""
    return {
        path.relative_to(root): path.read_text("utf-8")
        for path in sorted((root / PACKAGE).rglob("*.py*"))
        if _GENERATED.fullmatch(path.name) or path.name == "__init__.py"
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when stale")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh = contents(Path(folder))
    present = contents(SOURCE)
    stale = sorted(
        path for path in fresh.keys() | present.keys() if fresh.get(path) != present.get(path)
    )
    if check:
        for path in stale:
            print(f"{path}: stale; run python tools/generate_protos.py", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        if path in fresh:
            (SOURCE / path).parent.mkdir(parents=True, exist_ok=True)
            (SOURCE / path).write_text(fresh[path], "utf-8")
        else:
            (SOURCE / path).unlink()
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
