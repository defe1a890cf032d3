"""Every test here kills, cuts or floods."""

import pytest

from tests.box import fresh_box

__all__ = ["fresh_box"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chaos" in item.path.parts:
            item.add_marker(pytest.mark.chaos)
