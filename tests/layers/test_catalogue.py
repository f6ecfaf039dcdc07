"""The catalogue of layers: one class in one file is enough for a layer, and none of it needs torch."""

import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

import workbench.layers
from tests.layers.cases import CASES
from workbench.layers import LAYERS
from workbench.layers.base import Family, Layer
from workbench.spec.catalogue import Catalogue
from workbench.spec.forms import Parameter, parameters_of, starting_parameters
from workbench.spec.record import Value

SWISH = '''
"""A layer that somebody added."""

from typing import Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Shape


class Swish(Layer):
    """x·σ(βx), with a slope of its own."""

    family = Family.ACTIVATION

    beta: Annotated[float, Meta(gt=0, description="how sharp the bend is")] = 1.0

    def build(self, x: Shape):
        from torch import nn

        class Module(nn.Module):
            def forward(module, x):
                return x * (self.beta * x).sigmoid()

        return Module()
'''


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue[Layer]]:
    """The catalogue with one more file in its folder."""
    (tmp_path / "swish.py").write_text(SWISH, encoding="utf-8")
    monkeypatch.setattr(workbench.layers, "__path__", [*workbench.layers.__path__, str(tmp_path)])
    yield Catalogue("layer", "workbench.layers", Layer)
    sys.modules.pop("workbench.layers.swish", None)


def test_one_class_in_one_file_is_a_layer(added: Catalogue[Layer]) -> None:
    assert added.table.keys() - LAYERS.table.keys() == {"Swish"}
    (beta,) = parameters_of(added["Swish"])
    assert (beta.name, beta.kind, beta.default, beta.minimum, beta.help) == (
        "beta",
        "float",
        1.0,
        0,
        "how sharp the bend is",
    )
    assert added["Swish"].help() == "x·σ(βx), with a slope of its own."
    x = torch.randn(2, 5)
    torch.testing.assert_close(added.make("Swish", {}).build((5,))(x), torch.nn.functional.silu(x))


def test_forms_stand_without_torch() -> None:
    code = (
        "import gc, sys\n"
        "from workbench.layers import LAYERS\n"
        "from workbench.spec.forms import parameters_of, starting_parameters\n"
        "for name, cls in LAYERS.table.items():\n"
        "    parameters_of(cls)\n"
        "    layer = LAYERS.make(name, starting_parameters(cls))\n"
        "    layer.window()\n"
        "    gc.collect()\n"
        "loaded = {'torch', 'torchvision', 'PySide6', 'numpy'} & sys.modules.keys()\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(LAYERS.table))
def test_says_what_it_is(name: str) -> None:
    cls = LAYERS[name]
    assert isinstance(cls.family, Family)
    assert 10 < len(cls.help()) < 110
    for parameter in parameters_of(cls):
        assert parameter.help, f"{name}.{parameter.name} has no help"
        assert len(parameter.help) < 90
        assert parameter.help[0].islower()


@pytest.mark.parametrize("name", sorted(LAYERS.table))
def test_can_be_made_as_it_falls_from_the_palette(name: str) -> None:
    cls = LAYERS[name]
    assert LAYERS.make(name, starting_parameters(cls))
    required = {parameter.name for parameter in parameters_of(cls) if parameter.required}
    assert required <= starting_parameters(cls).keys()


TORCH_NAMES = {"BatchNorm": "BatchNorm2d", "InstanceNorm": "InstanceNorm2d", "LSTM": "RNNBase", "GRU": "RNNBase"}
KNOWN_TO_TORCH = [name for name in LAYERS.table if hasattr(nn, TORCH_NAMES.get(name, name))]


@pytest.mark.parametrize("name", KNOWN_TO_TORCH)
def test_names_and_defaults_are_those_of_torch(name: str) -> None:
    """If torch has the layer, omitting a parameter means the same as there."""
    theirs = inspect.signature(getattr(nn, TORCH_NAMES.get(name, name))).parameters
    own = {("Softmax", "dim"), ("LogSoftmax", "dim"), ("Linear", "channels_last"), ("LayerNorm", "channels_last")}
    own |= {("RMSNorm", "channels_last"), ("RMSNorm", "eps"), ("PReLU", "per_channel"), ("Upsample", "align_corners")}
    own |= {("LSTM", "output"), ("GRU", "output"), ("BatchNorm", "series")}
    for parameter in parameters_of(LAYERS[name]):
        if (name, parameter.name) in own:
            continue
        assert parameter.name in theirs
        if not parameter.required:
            assert parameter.default == theirs[parameter.name].default, parameter.name


def changed(parameter: Parameter) -> Value:
    """Another value than the default."""
    match parameter.default:
        case bool(default):
            return not default
        case float(default):
            return default / 2 or 0.25
    return parameter.choices[-1] if parameter.choices else 2


@pytest.mark.parametrize("name", KNOWN_TO_TORCH)
def test_each_setting_is_that_of_torchs_module(name: str) -> None:
    case = next(case for case in CASES if case.type == name)
    for parameter in (each for each in parameters_of(LAYERS[name]) if not each.required):
        set_to = changed(parameter)
        module = LAYERS.make(name, {**case.parameters, parameter.name: set_to}).build(*case.shapes)
        found = getattr(module, parameter.name, None)
        if parameter.name == "bias":
            assert (found is not None) == set_to
        elif parameter.name not in ("channels_last", "per_channel", "series"):
            assert found in (set_to, (set_to,), (set_to, set_to)), parameter.name
