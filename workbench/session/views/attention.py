"""What a network attends to in one picture, of the user's own or of its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.layers import LAYERS
from workbench.session.views.neighbours import gallery_of
from workbench.session.views.predictions import as_seen, inputs_of
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from workbench.insight.attention import Attention, Point
    from workbench.session.views.network import Network
    from workbench.spec.experiment import Architecture

NOWHERE = "this network attends to nothing whose place in the picture is known"


class OnePicture(Record):
    """A picture by its name: ``read`` returns it as the network sees it, uint8 [C, H, W], and may wait for the disk;
    without it, the picture is the one with this ``number`` of a ``split`` of the data. If one head's answer for it was
    looked at, ``head`` is that head's title.
    """

    name: str
    read: Callable[[], NDArray[Any]] | None = None
    split: str = ""
    number: int = 0
    head: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class AttentionQuestion:
    """A picture, and the point of it whose token is the query; None for the class token, or the mean over all."""

    picture: OnePicture
    query: Point | None = None


class AttentionSeen(Record):
    """What the network after ``step`` attends to in the picture ``pixels``, uint8 [C, H, W].

    ``layers`` and ``rollout`` are those of ``Attended``. If there is none, ``problem`` says why.
    """

    step: int
    pixels: Any = None
    layers: tuple[Attention, ...] = ()
    rollout: Attention | None = None
    problem: str = ""


def attends(architecture: Architecture) -> bool:
    """Whether a network has a layer that attends."""
    graphs = (architecture.graph, *architecture.blocks.values())
    types = {node.type for graph in graphs for node in graph.nodes}
    return any(LAYERS.table[each].attends for each in types & LAYERS.table.keys())


def attention_seen(network: Network, question: AttentionQuestion) -> AttentionSeen:
    """Return what a network attends to."""
    from workbench.insight.attention import attention

    pixels, normalised = seen_and_input(network, question.picture)
    found = attention(network.module, normalised, question.query)
    problem = "" if found.layers else NOWHERE
    return AttentionSeen(step=network.step, pixels=pixels, layers=found.layers, rollout=found.rollout, problem=problem)


def seen_and_input(network: Network, picture: OnePicture) -> tuple[NDArray[np.uint8], Tensor]:
    """Return a picture as the network sees it, uint8 [C, H, W], and normalised, float32 [C, H, W]."""
    plan, dataset = network.plan, network.dataset
    if picture.read is not None:
        pixels = picture.read()
    else:
        stored = gallery_of(dataset, picture.split).picture(picture.number)
        (pixels,) = as_seen(plan, dataset, stored[None], picture.number)
    (normalised,) = inputs_of(plan, dataset, pixels[None])
    return pixels, normalised
