"""`backline`, also as `python -m backline`."""

import signal
import sys


def main() -> None:
    """Run the command line; the supervisor and its children go past its parser.

    Ctrl-C while modules are being imported ends the process as it ends any other program, instead
    of with a traceback. Later a command handles it: `cli.app.main`, `cli.up.main`.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))  # by `cli.app.up`
    if sys.argv[1:2] == ["box"]:
        from backline.cli.up import main as supervisor  # noqa: PLC0415

        supervisor(sys.argv[2:])
    elif sys.argv[1:2] == ["nursery"]:
        from backline.cli.children import nursery  # noqa: PLC0415

        nursery(sys.argv[2:])
    else:
        from backline.cli.app import main as command_line  # noqa: PLC0415 - costs time and memory

        command_line()


if __name__ == "__main__":
    main()
