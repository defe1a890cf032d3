"""The process that others are forked from.

It imports once what several processes need and then does nothing but fork on request. Its
children share the memory of what was imported, and begin at once: importing costs two seconds of
processor time and 60 MB. It has no threads and no event loop, so a fork finds nothing half done.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from backline.kit.supervisor.processes import filled_in

MOST_DESCRIPTORS = 16
_LARGEST_MESSAGE = 64 * 1024
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


def run(descriptor: int, modules: Sequence[str], main: Callable[[Sequence[str]], None]) -> None:
    """Import `modules`, then fork a process that runs `main(arguments)` whenever asked to.

    A request is one message with `{"name": …, "arguments": […]}` and descriptors: where its output
    goes, its channel, and what else it inherits. The answers are `{"born": pid}`, and `{"ended":
    pid, "code": …}` in time. Returns once the other side is gone.

    Args:
        descriptor: Of a socket that keeps messages apart (`SOCK_SEQPACKET`).
    """
    channel = socket.socket(fileno=descriptor)
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in modules:
        import_module(module)
    # What lives now lives on; the collector would only copy its pages by counting them.
    gc.collect()
    gc.freeze()
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        readable, _, _ = select.select([channel.fileno(), woken], [], [])
        if woken in readable:
            os.read(woken, 1024)
            _reap(channel)
        if channel.fileno() in readable:
            message, descriptors, _, _ = socket.recv_fds(
                channel, _LARGEST_MESSAGE, MOST_DESCRIPTORS
            )
            if not message:
                return
            request = json.loads(message)
            if (pid := os.fork()) == 0:
                channel.close()
                os.close(woken)
                _become(request["name"], request["arguments"], descriptors, main)
            for each in descriptors:
                os.close(each)
            _tell(channel, {"born": pid})


def _reap(channel: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(channel, {"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(channel: socket.socket, message: dict[str, int]) -> None:
    try:
        channel.send(json.dumps(message).encode())
    except OSError:
        return  # It is gone; the next read says so.


def _become(
    name: str,
    arguments: Sequence[str],
    descriptors: Sequence[int],
    main: Callable[[Sequence[str]], None],
) -> NoReturn:
    """Run `main` in the forked process, and end it."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        output, own, *others = descriptors
        os.dup2(output, sys.stdout.fileno())
        os.dup2(output, sys.stderr.fileno())
        os.close(output)
        if sys.platform.startswith("linux"):
            ctypes.CDLL(None).prctl(_PR_SET_NAME, f"backline {name}".encode(), 0, 0, 0)
        main(filled_in(arguments, own, others))
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing may get back into the nursery
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
