"""Cases of a contract that only some adapters can pass."""

from typing import ClassVar

import pytest


class Featured:
    """Skips the cases marked `@pytest.mark.feature(name)` whose feature is not declared.

    Attributes:
        features: What the adapter under contract can do: a truthy attribute per feature.
    """

    features: ClassVar[object]

    @pytest.fixture(autouse=True)
    def _only_what_is_claimed(self, request: pytest.FixtureRequest) -> None:
        for marker in request.node.iter_markers("feature"):
            if not getattr(self.features, marker.args[0]):
                pytest.skip(f"not a feature of this adapter: {marker.args[0]}")
