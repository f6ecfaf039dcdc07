"""What a layer makes of pictures: its feature maps of one, and the pictures that excite each of its channels the most.

Yosinski et al., "Understanding Neural Networks Through Deep Visualization", 2015, https://arxiv.org/abs/1506.06579;
Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, fx

from workbench.compiler.places import FeatureLayer
from workbench.compiler.truncation import truncate
from workbench.spec.record import Record


class Ranking(Record):
    """The pictures with the largest responses of each of C channels, the largest first, [k, C] each: their ``numbers``,
    int64, the ``responses``, float32, and where in the flattened map the largest number is (``places``, int64).
    """

    numbers: Any
    responses: Any
    places: Any


class Strongest(Record):
    """The pictures that excite each channel the most: by the largest number of its map, and by the mean."""

    by_largest: Ranking
    by_mean: Ranking


def features(module: fx.GraphModule, layer: FeatureLayer, picture: Tensor) -> tuple[Any, Any]:
    """Return the output of a layer of ``module``, in eval mode, for a picture, float32 [C, H, W], or a point [D], both
    normalised: as maps, float32 [channels, H, W], and, of tokens before those of the picture, float32 [channels, n].

    A vector has maps of one number; tokens in no grid are the rows of one map.
    """
    maps, others = _as_maps(_responses(_to_layer(module, layer), picture[None]), layer)
    return maps[0].cpu().numpy(), others[0].cpu().numpy()


def strongest(
    module: fx.GraphModule, layer: FeatureLayer, batches: Iterable[tuple[Tensor, Tensor]], num_kept: int
) -> Strongest:
    """Return the pictures with the largest responses of each channel of a layer of ``module``, in eval mode.

    batches: the pictures' numbers, increasing int64 [B], and the pictures, float32 [B, ...], normalised. Of equal
    responses the first come first. No more than the ``num_kept`` best of each channel are kept on the way. Raises
    ValueError if there are no pictures.
    """
    to_layer = _to_layer(module, layer)
    kept: tuple[_Kept, ...] = ()
    for numbers, inputs in batches:
        flat = _as_maps(_responses(to_layer, inputs), layer)[0].flatten(start_dim=2)
        largest, places = flat.max(dim=2)
        every = numbers.to(flat.device)[:, None].expand_as(largest)
        new = tuple((values, every, places) for values in (largest, flat.mean(dim=2)))
        both = (_joined(*pair) for pair in zip(kept, new, strict=True)) if kept else new
        kept = tuple(_best(each, num_kept) for each in both)
    if not kept:
        raise ValueError("there are no pictures to compare")
    by_largest, by_mean = (
        Ranking(numbers=numbers.cpu().numpy(), responses=values.cpu().numpy(), places=places.cpu().numpy())
        for values, numbers, places in kept
    )
    return Strongest(by_largest=by_largest, by_mean=by_mean)


_Kept = tuple[Tensor, Tensor, Tensor]
"""Responses, numbers and places, [n, C] each."""


def _joined(first: _Kept, second: _Kept) -> _Kept:
    values, numbers, places = (torch.cat(pair) for pair in zip(first, second, strict=True))
    return values, numbers, places


def _best(each: _Kept, num_kept: int) -> _Kept:
    order = each[0].argsort(dim=0, descending=True, stable=True)[:num_kept]
    values, numbers, places = (part.gather(0, order) for part in each)
    return values, numbers, places


def _to_layer(module: fx.GraphModule, layer: FeatureLayer) -> fx.GraphModule:
    """Return the network up to a layer."""
    node = next(node for node in module.graph.nodes if node.meta.get("path") == layer.path)
    return truncate(module, node.name)


def _responses(to_layer: fx.GraphModule, inputs: Tensor) -> Tensor:
    """Return what the network's end answers, float32 [B, ...]; each of several Inputs gets the same pictures."""
    num_inputs = sum(node.op == "placeholder" for node in to_layer.graph.nodes)
    with torch.no_grad():
        return to_layer(*[inputs] * num_inputs).float()  # type: ignore[no-any-return]


def _as_maps(responses: Tensor, layer: FeatureLayer) -> tuple[Tensor, Tensor]:
    """Return responses, [B, ...], as maps, [B, channels, H, W], and those of the tokens before, [B, channels, n]."""
    none = responses.new_zeros(len(responses), layer.num_channels, 0)
    if layer.layout == "vector":
        return responses[:, :, None, None], none
    if layer.layout == "maps":
        return responses, none
    if layer.layout == "maps_last":
        return responses.permute(0, 3, 1, 2), none
    if layer.sides is None:
        return responses[:, None], none
    num_before = responses.shape[1] - layer.sides[0] * layer.sides[1]
    of_channels = responses.transpose(1, 2)
    return of_channels[..., num_before:].unflatten(2, layer.sides), of_channels[..., :num_before]
