"""Feature maps are what torch's hooks see in torchvision's own modules; the strongest pictures are numpy's."""

from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.presets.references import REFERENCES
from workbench.compiler.analysis import resolve
from workbench.compiler.module import build
from workbench.compiler.places import FeatureLayer, feature_layers
from workbench.insight.features import features, strongest
from workbench.spec.files import read_architecture
from workbench.spec.record import replace

LAYERS = {
    "resnet18": ["conv1", "layer2.1.bn2", "layer4.1", "avgpool", "fc"],
    "vit_mini": ["conv_proj", "encoder.layers.encoder_layer_2.ln_1", "encoder.layers.encoder_layer_3.mlp.0"],
    "swin_mini": ["features.0.0", "features.1.0.norm2", "features.3.1.mlp.0", "head"],
}


@cache
def theirs_and_ours(name: str) -> tuple[nn.Module, nn.Module, dict[str, FeatureLayer]]:
    torch.manual_seed(0)
    theirs = REFERENCES[name].make().eval()
    ours = build(read_architecture(name)).eval()
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours, {layer.path: layer for layer in feature_layers(resolve(read_architecture(name)))}


def hooked(module: nn.Module, path: str, pictures: Tensor) -> Tensor:
    found: list[Tensor] = []
    handle = module.get_submodule(path).register_forward_hook(lambda _m, _i, output: found.append(output.clone()))
    with torch.no_grad():
        module(pictures)
    handle.remove()
    return found[0]


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in LAYERS.items() for path in paths])
def test_maps_are_what_a_hook_on_torchvisions_module_sees(name: str, path: str) -> None:
    theirs, ours, layers = theirs_and_ours(name)
    channels = 1 if name == "vit_mini" else 3
    picture = torch.randn(channels, REFERENCES[name].side, REFERENCES[name].side)
    expected = hooked(theirs, path, picture[None])[0].numpy()
    layer = layers[path] if path in layers else next(layers[f"{path}.{end}"] for end in ("relu2", "relu_out"))
    values, others = features(ours, layer, picture)
    if name == "vit_mini" and path != "conv_proj":
        patches = values.transpose(1, 2, 0).reshape(-1, len(values))
        np.testing.assert_allclose(patches, expected[1:], atol=1e-5)
        np.testing.assert_allclose(others[:, 0], expected[0], atol=1e-5)
    elif name == "swin_mini" and path.startswith("features.") and path != "features.0.0":
        np.testing.assert_allclose(values, expected.transpose(2, 0, 1), atol=1e-5)
    else:
        np.testing.assert_allclose(values, expected.reshape(values.shape), atol=1e-4)
        assert others.shape == (len(values), 0)


def test_tokens_in_no_grid_are_the_rows_of_one_map() -> None:
    theirs, ours, layers = theirs_and_ours("vit_mini")
    path, picture = LAYERS["vit_mini"][1], torch.randn(1, *2 * [REFERENCES["vit_mini"].side])
    values, others = features(ours, replace(layers[path], sides=None), picture)
    np.testing.assert_allclose(values, hooked(theirs, path, picture[None]).numpy(), atol=1e-5)
    assert others.shape == (1, 0)


@pytest.mark.parametrize("path", ["conv1", "layer1.0.relu", "fc"])
def test_the_strongest_pictures_are_those_of_all_responses_sorted(path: str) -> None:
    network = build(read_architecture("resnet20")).eval()
    layer = next(each for each in feature_layers(resolve(read_architecture("resnet20"))) if each.path == path)
    pictures = torch.randn(50, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    pictures[30:40] = pictures[:10]  # equal responses: the first comes first
    batches = list(zip(torch.arange(50).split(16), pictures.split(16), strict=True))
    found = strongest(network, layer, batches, 9)

    every = np.stack([features(network, layer, each)[0] for each in pictures])
    flat = every.reshape(50, every.shape[1], -1)
    for ranking, responses in ((found.by_largest, flat.max(axis=2)), (found.by_mean, flat.mean(axis=2))):
        np.testing.assert_allclose(ranking.responses, -np.sort(-responses, axis=0)[:9], atol=1e-5)
        for channel in range(every.shape[1]):
            numbers, places = ranking.numbers[:, channel], ranking.places[:, channel]
            assert len(set(numbers.tolist())) == 9
            np.testing.assert_allclose(responses[numbers, channel], ranking.responses[:, channel], atol=1e-5)
            np.testing.assert_allclose(flat[numbers, channel, places], flat[numbers, channel].max(axis=1), atol=1e-5)
    same = {(first, first + 30) for first in range(10)}
    for column in found.by_largest.numbers.T.tolist():
        for first, copy in same:
            assert copy not in column or column.index(copy) == column.index(first) + 1


def test_only_the_best_are_kept_on_the_way() -> None:
    """The generator sees how much of the batches before is still there: nothing."""
    import weakref

    network = build(read_architecture("lenet")).eval()
    layer = next(each for each in feature_layers(resolve(read_architecture("lenet"))) if each.path == "conv1")
    alive: list[weakref.ref[Tensor]] = []

    def batches():
        for number in range(6):
            pictures = torch.randn(8, 1, 28, 28)
            alive.append(weakref.ref(pictures))
            yield torch.arange(8) + 8 * number, pictures
            del pictures
            assert sum(each() is not None for each in alive) <= 1

    found = strongest(network, layer, batches(), 3)
    assert found.by_largest.numbers.shape == (3, layer.num_channels)
    with pytest.raises(ValueError, match="no pictures"):
        strongest(network, layer, [], 3)
