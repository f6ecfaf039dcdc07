"""The lines by which a script takes a batch from the data, varies it, and prepares it for the network."""

import re
from collections.abc import Iterable, Iterator

from workbench.data import class_groups
from workbench.data.augmentation import Augmentation, Warping
from workbench.data.varying import draws, noise, warp
from workbench.export.code.sources import Sources
from workbench.export.script.aims import targets_of, targets_type
from workbench.export.script.functions import function_of
from workbench.export.script.recipe import Head, Recipe
from workbench.spec.record import Record, Value, replace


class Lines(Record):
    """The lines of the two functions that yield batches; each operation on a batch is one statement per line."""

    num_draws: int
    taken: tuple[str, ...]
    """The targets as stored in the data."""
    varied: tuple[str, ...]
    itself: tuple[str, ...]
    """The picture itself as the target, if nothing is varied."""
    ready: tuple[str, ...]
    """Targets as the losses expect them."""
    inputs: str
    """The network's inputs, as an expression."""
    has_masks: bool
    mixes: bool


def functions(recipe: Recipe, sources: Sources) -> list[str]:
    """Return the functions that the lines call: for each augmentation, the mixing, the corruption."""
    data = recipe.data
    parts = [part for each, name in _augmenting(recipe).items() for part in _augmentation(each, name, recipe, sources)]
    if data.mixing is not None:
        parts.append(function_of(data.mixing, "mix", "mix", sources, words=type(data.mixing).help()))
    if data.corruption is not None:
        parts.append(function_of(data.corruption, "apply", "corrupted", sources, words=type(data.corruption).help()))
        sources.add_names("picture_keys", noise)
    if _points(recipe) and any(each.moves_pixels for each in _augmenting(recipe)):
        sources.add_names("carried", warp)
    if recipe.grouped:
        sources.add_names("classes_together", class_groups)
    sources.add_names("key\nuniforms" if any(recipe.augmentations) or data.mixing else "key", draws)
    if len(recipe.augmentations) > 1:
        parts += [_varying(recipe, number) for number in range(len(recipe.augmentations))]
    return parts


def _augmentation(each: Augmentation, name: str, recipe: Recipe, sources: Sources) -> list[str]:
    """Return the function that varies pictures, after that of its maps if it or key points need them."""
    parts = []
    if isinstance(each, Warping) or (each.moves_pixels and _points(recipe)):
        parts.append(function_of(each, "maps", f"{name}_maps", sources, words="How pixels move."))
    instead = {"warp(pictures, maps(": f"warp(pictures, {name}_maps("}
    return [*parts, function_of(each, "apply", name, sources, words=type(each).help(), instead=instead)]


def lines_of(recipe: Recipe) -> Lines:
    """Return everything that depends on the columns and on the augmentation; if that changes, a function does it."""
    first, *others = (_lines(recipe, augmentation) for augmentation in recipe.augmentations)
    if not others:
        return first
    takes = ", ".join(["pictures", *_given(recipe), "draws"])
    num_draws = max(lines.num_draws for lines in (first, *others))  # fewer are the first of more
    called = f'pictures, targets = now["varied"]({takes})'
    return replace(first, num_draws=num_draws, taken=(), varied=(called,))


def varying_names(recipe: Recipe) -> dict[tuple[Augmentation, ...], str]:
    """Return the name of the function for each augmentation of a batch."""
    return {each: f"varied{number + 1 if number else ''}" for number, each in enumerate(recipe.augmentations)}


def _varying(recipe: Recipe, number: int) -> str:
    augmentation = recipe.augmentations[number]
    lines = _lines(recipe, augmentation)
    targets = targets_type(recipe)
    takes = ", ".join(["pictures: Tensor", *(f"{name}: {targets}" for name in _given(recipe)), "draws: Tensor"])
    done = [each.title() for each in (*augmentation, *filter(None, [recipe.data.mixing]))]
    body = [f'"""{", then ".join(done) or "As they are"}."""', *lines.taken, *lines.varied, "return pictures, targets"]
    head = f"def {varying_names(recipe)[augmentation]}({takes}) -> tuple[Tensor, {targets}]:"
    return "\n    ".join([head, *body])


def _given(recipe: Recipe) -> list[str]:
    """Return the targets, if any exist before a batch is varied: the picture itself does not."""
    return ["targets"] if any(head.is_stored for head in recipe.targets.values()) else []


def _lines(recipe: Recipe, augmentation: tuple[Augmentation, ...]) -> Lines:
    data = recipe.data
    names = _augmenting(recipe)
    heads, points = recipe.targets.values(), _points(recipe)
    itself = next((head for head in heads if not head.is_stored), None)
    moves_alike = all(_moves_alike(each) for each in augmentation)
    varied, used = [], 0
    for each in augmentation:
        name = names[each]
        here = f"draws[:, {used}:{used + each.num_draws}]"
        own = here if each.chooses_pictures else f"{here}.to(DEVICE)"
        used += each.num_draws
        moved = [head for head in heads if head.column.kind in ("mask", "picture") and each.moves_pixels]
        varied += [_moved(head, recipe, name, each, own) for head in moved if head != itself or not moves_alike]
        varied.append(f"pictures = {name}(pictures, {own})")
        if points and each.moves_pixels:
            varied.append(f"maps = {name}_maps({here}.to(DEVICE), pictures.shape[-2:])")
            varied += [f"{target} = carried({target}, maps, pictures.shape[-2:])" for target in points]
    whole = [f"{targets_of(itself, recipe)} = pictures"] if itself is not None else []
    if data.mixing is not None:
        own = f"draws[:, {used}:{used + data.mixing.num_draws}]"
        used += data.mixing.num_draws
        varied.append(f"pictures, own = mix(pictures, {own})")
        varied += [_mixed(head, recipe) for head in heads]
    return Lines(
        num_draws=used,
        taken=() if moves_alike else tuple(whole),
        varied=(*varied, *(whole if moves_alike else ())),
        itself=tuple(whole),
        ready=tuple(_ready(heads, recipe)),
        inputs=_inputs(recipe),
        has_masks=any(head.column.kind == "mask" for head in heads),
        mixes=data.mixing is not None,
    )


def _augmenting(recipe: Recipe) -> dict[Augmentation, str]:
    """Return the name of the function for each augmentation."""
    chosen = list(dict.fromkeys(each for augmentation in recipe.augmentations for each in augmentation))
    kinds = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(each).__name__).lower() for each in chosen]
    return {
        each: kind if kinds.count(kind) == 1 else f"{kind}{number}"
        for number, (kind, each) in enumerate(zip(kinds, chosen, strict=True))
    }


class _Told:
    """Stands in for an augmentation and records how its ``move`` calls ``apply``."""

    def apply(self, _targets: None, _draws: None, **how: Value) -> dict[str, Value]:
        return how


def _points(recipe: Recipe) -> list[str]:
    """Return the variables of key points."""
    heads = [head for head in recipe.heads if head.column.kind == "keypoints"]
    return list(dict.fromkeys(targets_of(head, recipe) for head in heads))


def _how(augmentation: Augmentation, *, is_mask: bool) -> dict[str, Value]:
    """Return the extra arguments with which ``apply`` moves targets; empty if they are the defaults."""
    how: dict[str, Value] = type(augmentation).move(_Told(), None, None, is_mask=is_mask)  # type: ignore[arg-type,assignment]
    return {name: value for name, value in how.items() if value}


def _moves_alike(augmentation: Augmentation) -> bool:
    """Return whether the augmented target picture is the very input picture."""
    return augmentation.moves_pixels and not _how(augmentation, is_mask=False)


def _moved(head: Head, recipe: Recipe, name: str, augmentation: Augmentation, own: str) -> str:
    targets, is_mask = targets_of(head, recipe), head.column.kind == "mask"
    how = _how(augmentation, is_mask=is_mask)
    told = "".join(f", {key}={value!r}" for key, value in how.items())
    if is_mask:
        return f"{targets} = {name}({targets}[:, None], {own}{told})[:, 0]"
    return f"{targets} = {name}({targets}, {own}{told})"


def _mixed(head: Head, recipe: Recipe) -> str:
    targets = targets_of(head, recipe)
    is_class = head.column.kind == "class"
    numbers = f"F.one_hot({targets}, {len(head.column.names)}).float()" if is_class else targets
    return f"{targets} = mixed({numbers}, own)"


def _ready(heads: Iterable[Head], recipe: Recipe) -> Iterator[str]:
    for head in heads:
        targets = targets_of(head, recipe)
        if head.column.kind == "mask":
            yield f"{targets} = pixel_classes({targets})"
        if head.column.kind == "picture":
            yield f"{targets} = {targets}.float() / 255"


def _inputs(recipe: Recipe) -> str:
    if not recipe.data.has_pictures:
        return "standardised(inputs)" if recipe.data.mean else "inputs"
    corrupted = "corrupted(pictures, picture_keys(start, chosen))" if recipe.data.corruption else "pictures"
    return f"normalised({corrupted})"
