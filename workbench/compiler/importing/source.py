"""The source of a network: torchvision:NAME, timm:NAME, or a Python file with a function that creates it."""

from __future__ import annotations

import importlib.util
import inspect
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from workbench.compiler.importing.operations import Unreadable
from workbench.layers.base import Shape
from workbench.spec.problems import first_line, near_names

FACTORY = "network"
"""The function in a Python file that creates the network."""

USUAL = (3, 224, 224)


@dataclass(frozen=True, kw_only=True)
class Source:
    """A torch network, its name, and the shapes of its inputs."""

    model: nn.Module
    name: str
    shapes: tuple[Shape, ...]


def load(source: str, shape: Shape | None) -> Source:
    """Create the network with random weights; ``shape`` replaces its usual input shape. Raises Unreadable if it cannot
    be created.

    A Python file is executed, so the caller needs the user's consent.
    """
    kind, _, name = source.partition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library's advice to its users, which ours cannot follow
        found = _torchvision(name) if kind == "torchvision" else _timm(name) if kind == "timm" else _file(Path(source))
    return found if shape is None else Source(model=found.model, name=found.name, shapes=(shape,))


def no_model(name: str, library: str, names: list[str]) -> str:
    """Return what to tell a user whose ``name`` is not among the names of the library's models."""
    return f"{library} has no model called {name}; it has {near_names(name, names)}"


def _torchvision(name: str) -> Source:
    from torchvision import models

    if name not in models.list_models():
        raise Unreadable(no_model(name, "torchvision", models.list_models()))
    if name in models.list_models(module=models.detection):
        raise Unreadable("its number of outputs depends on the picture; a graph of layers has fixed outputs")
    weights: Any = models.get_model_weights(name)
    side = (
        weights.DEFAULT.transforms().crop_size[0] if hasattr(weights.DEFAULT.transforms(), "crop_size") else USUAL[-1]
    )
    unasked = {"weights": None, "weights_backbone": None}  # each would be downloaded
    known = inspect.signature(models.get_model_builder(name)).parameters
    model = models.get_model(name, **{word: none for word, none in unasked.items() if word in known})
    return Source(model=model, name=name, shapes=((3, side, side),))


def _timm(name: str) -> Source:
    if importlib.util.find_spec("timm") is None:
        raise Unreadable("timm is not installed: run pip install timm")
    import timm

    if name.partition(".")[0] not in timm.list_models():
        raise Unreadable(no_model(name, "timm", timm.list_models()))
    model: Any = timm.create_model(name, pretrained=False)
    return Source(model=model, name=name, shapes=(tuple(model.default_cfg.get("input_size") or USUAL),))


def _file(path: Path) -> Source:
    spec = importlib.util.spec_from_file_location("imported_network", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # untrusted code can raise anything
        raise Unreadable(f"the file raises {type(error).__name__}: {first_line(error, 'no message')}") from error
    factory = getattr(module, FACTORY, None)
    if not callable(factory):
        raise Unreadable(f"the file has no function called {FACTORY}: write def {FACTORY}(): return YourModule()")
    try:
        model = factory()
    except Exception as error:  # as above
        raise Unreadable(f"{FACTORY}() raises {type(error).__name__}: {first_line(error, 'no message')}") from error
    if not isinstance(model, nn.Module):
        raise Unreadable(f"{FACTORY}() returns a {type(model).__name__}, not a torch.nn.Module")
    shape: Any = getattr(module, "input_shape", USUAL)
    several = bool(shape) and not isinstance(shape[0], int)
    shapes = tuple(tuple(one) for one in shape) if several else (tuple(shape),)
    if len(inspect.signature(model.forward).parameters) < len(shapes):
        raise Unreadable("input_shape names more inputs than the network's forward takes")
    return Source(model=model, name=path.stem, shapes=shapes)
