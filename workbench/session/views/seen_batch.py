"""What is shown of a batch: its pictures, and each head's output and loss for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from workbench.insight.gradients import LayerGradient
    from workbench.spec.column import Column
    from workbench.training.heads import ResolvedHead
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

MOST_OF_BATCH = 256
"""The number of pictures of a batch that are shown; the loss of each is computed separately."""


MOST_CLASSES = 255
"""The number of classes of pixels that a byte tells apart, beside none."""


class SeenHead(Record):
    """The predictions of one head for a batch.

    ``labels``, ``answers``: int64 [B] of classes, float32 [B] of numbers, or bool [B, L] of the labels with
    ``label_names``, else None; an embedding has no ``answers``. ``losses``: float32 [B], each picture's own, multiplied
    by ``weight`` in the total. ``class_names`` is empty without classes, ``label_names`` without labels. Of mixed
    pictures ``labels`` is the class with the largest share, float32 [B] in ``shares``, and ``others`` the other one,
    int64 [B].
    Of a head that predicts a picture, ``wanted`` and ``given`` are the target and the output, uint8 [B, C, H, W]; of a
    mask uint8 [B, H, W], the classes counted from 1 in ``pixel_names``, and 0 where there is none. Of key points
    ``wanted_points`` and ``given_points`` are float32 [B, K, 2], x and y as fractions of the picture.
    """

    output: str
    target: str
    weight: float
    losses: Any
    labels: Any = None
    answers: Any = None
    class_names: tuple[str, ...] = ()
    label_names: tuple[str, ...] = ()
    others: Any = None
    shares: Any = None
    wanted: Any = None
    given: Any = None
    wanted_points: Any = None
    given_points: Any = None
    pixel_names: tuple[str, ...] = ()


class SeenMap(Record):
    """An ``output`` without a head that has a value for each pixel: ``given`` as of a head that predicts a picture or a
    mask; ``names`` are those of a head with as many classes. Of more than ``MOST_CLASSES``, which have no names, every
    255th is the same.
    """

    output: str
    given: Any
    names: tuple[str, ...] = ()


class SeenBatch(Record):
    """The latest batch as the network saw it, with each head's predictions; the first few hundred of ``num_pictures``.

    ``pictures``: uint8 [B, C, H, W], augmented as in this step, or points, float32 [B, D]. ``gradients`` are those of
    the step. ``title`` describes the batch unless it is the whole batch of a completed ``step``.
    """

    step: int
    num_pictures: int
    pictures: Any
    heads: tuple[SeenHead, ...]
    gradients: tuple[LayerGradient, ...]
    title: str = ""
    maps: tuple[SeenMap, ...] = ()


def latest_batch(plan: Plan, state: TrainingState) -> SeenBatch:
    """Return the batch of the last step, or this rank's part of it, without affecting the training."""
    from workbench.insight.gradients import layer_gradients

    assert state.seen is not None
    (batch, outputs), num_ranks = state.seen, plan.ranks.size
    part = ["the last of its batches"] if plan.experiment.training.accumulate > 1 else []
    part += [f"the part of the first of {num_ranks} processes"] if num_ranks > 1 else []
    return SeenBatch(
        step=state.step,
        num_pictures=len(batch.inputs),
        pictures=plan.train.pictures(batch.inputs[:MOST_OF_BATCH]).cpu().numpy(),
        heads=seen_heads(plan.heads, outputs, batch.targets),
        gradients=layer_gradients(state.module),
        title=", ".join((f"Step {state.step:,}", *part)) if part else "",
        maps=seen_maps(plan.heads, outputs),
    )


def seen_heads(
    heads: Sequence[ResolvedHead], outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor]
) -> tuple[SeenHead, ...]:
    """Return each head's predictions for the first pictures of a batch."""
    import torch

    from workbench.training.heads import losses_of_each

    wanted = {column: values[:MOST_OF_BATCH] for column, values in targets.items()}
    given = {name: values.detach()[:MOST_OF_BATCH] for name, values in outputs.items()}
    with torch.no_grad():
        losses = losses_of_each(heads, given, wanted).cpu().numpy()
    seen = []
    for head, each in zip(heads, losses, strict=True):
        compared = _compared(head, wanted[head.target], given[head.output]) if head.has_target else {}
        seen.append(SeenHead(output=head.output, target=head.target, weight=head.weight, losses=each, **compared))
    return tuple(seen)


def _compared(head: ResolvedHead, targets: Tensor, outputs: Tensor) -> dict[str, Any]:
    """Return what a ``SeenHead`` has of targets and outputs."""
    column = head.column
    labels, answers = _in_a_word(head, targets, outputs)
    return {
        "labels": labels,
        "answers": answers,
        "class_names": column.names if column.kind == "class" else (),
        "label_names": column.names if column.kind == "labels" else (),
        "pixel_names": column.names if column.kind == "mask" else (),
        **_mixed(column, targets),
        **as_pictures(column, targets, outputs),
        **_as_points(column, targets, outputs),
    }


def seen_maps(heads: Sequence[ResolvedHead], outputs: Mapping[str, Tensor]) -> tuple[SeenMap, ...]:
    """Return what outputs without a head say of each pixel of a batch's first pictures.

    Values of 1 or 3 channels are those of a picture; of others the channel with the largest one is the pixel's class.
    """
    answered, all_names = {head.output for head in heads}, [head.column.names for head in heads]
    maps = []
    for name, output in outputs.items():
        if name in answered or output.dim() != 4 or output.shape[2:].numel() == 1:
            continue
        values, num_channels = output.detach()[:MOST_OF_BATCH], output.shape[1]
        if num_channels in (1, 3):
            maps.append(SeenMap(output=name, given=_bytes(_shades(values))))
        else:
            names = next((each for each in all_names if len(each) == num_channels <= MOST_CLASSES), ())
            maps.append(SeenMap(output=name, given=_bytes(_chosen(values)), names=names))
    return tuple(maps)


def _mixed(column: Column, targets: Tensor) -> dict[str, Any]:
    """Return ``others`` and ``shares`` of classes that are mixed; of anything else, nothing."""
    if column.kind != "class" or targets.dim() == 1:
        return {}
    shares, classes = targets.sort(dim=1, descending=True)
    return {"others": classes[:, :2][:, -1].cpu().numpy(), "shares": shares[:, 0].cpu().numpy()}


def as_pictures(column: Column, targets: Tensor, outputs: Tensor) -> dict[str, Any]:
    """Return ``wanted`` and ``given`` of pictures and masks; of anything else, nothing."""
    if column.kind == "picture":
        return {"wanted": _bytes(_shades(targets)), "given": answered_pictures(column, outputs)}
    if column.kind == "mask":
        wanted = targets.add(1).clamp(min=0)  # NO_CLASS is negative
        return {"wanted": _bytes(wanted), "given": answered_pictures(column, outputs)}
    return {}


def answered_pictures(column: Column, outputs: Tensor) -> Any:
    """Return ``given`` of a head that predicts a picture or a mask."""
    return _bytes(_shades(outputs) if column.kind == "picture" else _chosen(outputs))


def _as_points(column: Column, targets: Tensor, outputs: Tensor) -> dict[str, Any]:
    """Return ``wanted_points`` and ``given_points`` of key points; of anything else, nothing."""
    if column.kind != "keypoints":
        return {}
    wanted, given = (each.float().unflatten(1, (-1, 2)).cpu().numpy() for each in (targets, outputs))
    return {"wanted_points": wanted, "given_points": given}


def _shades(values: Tensor) -> Tensor:
    return values.float().nan_to_num().clamp(0, 1).mul(255).round()


def _chosen(logits: Tensor) -> Tensor:
    return logits.argmax(dim=1).remainder(MOST_CLASSES).add(1)


def _bytes(values: Tensor) -> Any:
    import torch

    return values.to("cpu", torch.uint8).numpy()


def _in_a_word(head: ResolvedHead, targets: Tensor, outputs: Tensor) -> tuple[Any, Any]:
    """Return targets and predictions, [B] each, of a class or a number, or [B, L] of labels; else None twice."""
    column = head.column
    if head.embeds:
        return targets.cpu().numpy(), None
    if column.kind == "class":
        wanted = targets if targets.dim() == 1 else targets.argmax(dim=1)
        return wanted.cpu().numpy(), outputs.argmax(dim=1).cpu().numpy()
    if column.answer == (1,) and column.kind == "number":
        return targets[:, 0].cpu().numpy(), outputs[:, 0].cpu().numpy()
    if column.kind == "labels":
        return targets.gt(0.5).cpu().numpy(), outputs.gt(0).cpu().numpy()  # logits: half a chance or more
    return None, None
