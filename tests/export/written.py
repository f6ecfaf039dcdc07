"""Exported code, imported as a user would."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from torch import nn


def imported(path: Path) -> ModuleType:
    """Import the file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def class_names(module: ModuleType) -> list[str]:
    """The classes defined in it, in order."""
    return [
        name for name, value in vars(module).items() if isinstance(value, type) and value.__module__ == module.__name__
    ]


def last_class(module: ModuleType) -> type[nn.Module]:
    """The class of the whole network, which comes last."""
    found: type[nn.Module] = vars(module)[class_names(module)[-1]]
    return found
