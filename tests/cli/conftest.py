"""The command line, against nothing and against a real box."""

from tests.box import fresh_box

__all__ = ["fresh_box"]
