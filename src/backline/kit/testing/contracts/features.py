"""Cases of a contract that only some adapters can pass."""

from typing import Any, ClassVar

from typing_extensions import override


class Featured:
    """Leaves out the cases marked `@pytest.mark.feature(name)` whose feature is not declared.

    Attributes:
        features: What the adapter under contract can do: a truthy attribute per feature.
    """

    features: ClassVar[object]

    @override
    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "features"):
            return
        for name in dir(cls):
            for mark in getattr(getattr(cls, name), "pytestmark", ()):
                if mark.name == "feature" and not getattr(cls.features, mark.args[0]):
                    setattr(cls, name, None)  # pytest does not collect it
