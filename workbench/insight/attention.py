"""What a network attends to in a picture: the attention weights of one query, in each head of each layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, cast, runtime_checkable

import torch
from torch import Tensor, fx

from workbench.compiler.places import sides_of_tokens
from workbench.layers.modules.swin import CyclicShift, WindowPartition
from workbench.spec.record import Record

BEFORE = -1
"""The place of a token that is none of the picture's."""

Point = tuple[float, float]
"""A point of a picture: the fractions of its height and width."""


@runtime_checkable
class Attends(Protocol):
    """The module of a layer that ``attends``."""

    def attention(self, *inputs: Tensor) -> Tensor:
        """Return the weights, [N, ..., Tq, Tk]."""


class Attention(Record):
    """The attention of one query.

    ``path`` is the node whose output the weights are. ``shares``, float32 [maps, H, W], are those of the picture's
    tokens, NaN where the query's window does not reach; ``others``, float32 [maps, n], those of the tokens before them.
    Both together add up to 1. There is a map for each head. ``query`` is the row and column of the query's token; None
    for the class token, or the mean over all queries.
    """

    path: str
    shares: Any
    others: Any
    query: tuple[int, int] | None


class Attended(Record):
    """The attention in each layer, in execution order, and its rollout, where all have the same tokens: ``shares`` then
    has a map for each layer, of all up to it.
    """

    layers: tuple[Attention, ...] = ()
    rollout: Attention | None = None


class _Layer(Record):
    """The attention in one layer: ``weights``, float32 [windows, heads, T, T], and the place of each token in the
    flattened grid of ``sides``, int64 [windows, T].
    """

    path: str
    weights: Any
    places: Any
    sides: tuple[int, int]


def attention(module: fx.GraphModule, picture: Tensor, query: Point | None = None) -> Attended:
    """Return what ``module``, in eval mode, attends to in a picture, float32 [C, H, W], normalised.

    The query is the token at this point; by default the class token, or the mean over all queries if there is none.
    Layers are found by ``Attends``. Those whose tokens are not places of the picture, and those whose keys are other
    tokens than the queries, are omitted.
    """
    watcher = _Watcher(module)
    with torch.no_grad():
        watcher.run(picture[None])
    layers = watcher.layers
    return Attended(layers=tuple(_asked(layer, query) for layer in layers), rollout=_rolled_out(layers, query))


def rollout(weights: Sequence[Tensor]) -> Tensor:
    """Return how much of each input token reaches each token after each layer, [layers, T, T], by the attention
    ``weights`` of the layers, [heads, T, T] each.

    Each layer passes on half its attention, averaged over the heads, and half the token itself, for the skip
    connection.
    Abnar and Zuidema, "Quantifying Attention Flow in Transformers", 2020, https://arxiv.org/abs/2005.00928, section 3.
    """
    itself = torch.eye(weights[0].shape[-1], device=weights[0].device)
    reached, all_reached = itself, []
    for each in weights:
        reached = (each.mean(dim=0) + itself) / 2 @ reached
        all_reached.append(reached)
    return torch.stack(all_reached)


class _Watcher(fx.Interpreter):
    """Computes a network for one picture and keeps the attention of each layer."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.layers: list[_Layer] = []
        self._shapes: dict[fx.Node, torch.Size] = {}

    def run_node(self, n: fx.Node) -> Any:
        """Keep the weights before the inputs are released."""
        if n.op == "call_module" and isinstance(module := self._module(n), Attends):
            inputs, _ = self.fetch_args_kwargs_from_env(n)
            weights = module.attention(*inputs)
            source = next((arg for arg, value in zip(n.args, inputs, strict=True) if value is weights), n)
            layer = self._layer(cast(fx.Node, source), weights.float())
            if layer is not None and all(layer.path != each.path for each in self.layers):  # two may use one's weights
                self.layers.append(layer)
        result = super().run_node(n)
        if isinstance(result, Tensor):
            self._shapes[n] = result.shape
        return result

    def _module(self, node: fx.Node) -> Any:
        return self.fetch_attr(str(node.target))

    def _layer(self, node: fx.Node, weights: Tensor) -> _Layer | None:
        """Return the attention whose weights are the output of ``node``; None if it is not shown over pictures."""
        placed = self._windows(node) if weights.dim() > 4 else self._tokens(weights.shape[-1])
        if placed is None or len(weights) != 1 or weights.shape[-2] != weights.shape[-1]:
            return None
        places, sides = placed
        num_windows, num_tokens = places.shape
        by_window = weights.reshape(num_windows, -1, num_tokens, num_tokens)
        return _Layer(path=node.meta["path"], weights=by_window, places=places.to(weights.device), sides=sides)

    def _tokens(self, num_tokens: int) -> tuple[Tensor, tuple[int, int]] | None:
        """Return the place of each token, [1, T]: they are the pixels of the largest map before, row by row, and others
        before them.
        """
        maps = [(shape[2], shape[3]) for shape in self._shapes.values() if len(shape) == 4]
        sides = sides_of_tokens(num_tokens, maps)
        if sides is None:
            return None
        height, width = sides
        num_before = num_tokens - height * width
        places = torch.cat([torch.full((num_before,), BEFORE), torch.arange(height * width)])
        return places[None], (height, width)

    def _windows(self, node: fx.Node) -> tuple[Tensor, tuple[int, int]] | None:
        """Return the place of each window's tokens, [windows, T], by moving numbers as the network moves pixels."""
        chain = list(_upstream(node))
        first = next((number for number, each in enumerate(chain) if self._is(each, WindowPartition)), None)
        if first is None:
            return None
        movers = [chain[first]]
        while self._is(chain[first + len(movers)], CyclicShift):
            movers.append(chain[first + len(movers)])
        _, height, width, _ = self._shapes[chain[first + len(movers)]]
        moved = torch.arange(height * width).reshape(1, height, width, 1)
        for mover in reversed(movers):
            moved = self._module(mover)(moved)
        return moved.flatten(0, 2).flatten(1), (height, width)

    def _is(self, node: fx.Node, kind: type) -> bool:
        return node.op == "call_module" and isinstance(self._module(node), kind)


def _upstream(node: fx.Node) -> Iterator[fx.Node]:
    """Yield the node and the way back to the network's input along the first inputs."""
    yield node
    while node.args and isinstance(node.args[0], fx.Node):
        node = node.args[0]
        yield node


def _asked(layer: _Layer, query: Point | None) -> Attention:
    """Return the attention of one query in a layer."""
    place = None if query is None else _place(query, layer.sides)
    num_windows, num_tokens = layer.places.shape
    if place is not None:
        ((window, token),) = (layer.places == place).nonzero().tolist()
        places, weights = layer.places[window], layer.weights[window, :, token]
    elif layer.places[0, 0] == BEFORE:
        places, weights = layer.places[0], layer.weights[0, :, 0]
    else:
        of_windows = layer.weights.sum(dim=2) / (num_windows * num_tokens)
        places, weights = layer.places.flatten(), of_windows.transpose(0, 1).flatten(1)
    return _spread(layer.path, weights, places, layer.sides, place)


def _rolled_out(layers: Sequence[_Layer], query: Point | None) -> Attention | None:
    """Return the rollout for one query; None unless all layers have the same tokens, in one window."""
    if not layers or any(not torch.equal(layer.places, layers[0].places) for layer in layers):
        return None
    places, sides = layers[0].places, layers[0].sides
    if len(places) != 1:
        return None
    reached = rollout([layer.weights[0] for layer in layers])
    as_layer = _Layer(path="", weights=reached[None], places=places, sides=sides)
    return _asked(as_layer, query)


def _place(query: Point, sides: tuple[int, int]) -> int:
    row, column = (min(int(share * side), side - 1) for share, side in zip(query, sides, strict=True))
    return row * sides[1] + column


def _spread(path: str, weights: Tensor, places: Tensor, sides: tuple[int, int], query: int | None) -> Attention:
    """Lay the weights, [maps, T], on the grid, by the tokens' ``places``, [T]."""
    height, width = sides
    shares = torch.full((len(weights), height * width), torch.nan, device=weights.device)
    is_placed = places != BEFORE
    shares[:, places[is_placed]] = weights[:, is_placed]
    return Attention(
        path=path,
        shares=shares.reshape(-1, height, width).cpu().numpy(),
        others=weights[:, ~is_placed].cpu().numpy(),
        query=None if query is None else divmod(query, width),
    )
