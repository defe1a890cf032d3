"""`backline`, also as `python -m backline`."""

import sys


def main() -> None:
    """Run the command line; a child of the supervisor goes past its parser."""
    if "--supervised" in sys.argv:
        from backline.cli.children import main as child  # noqa: PLC0415

        child(sys.argv[1:])
    else:
        from backline.cli.app import main as command_line  # noqa: PLC0415 - costs time and memory

        command_line()


if __name__ == "__main__":
    main()
