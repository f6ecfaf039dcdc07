"""The script that trains a network exactly as its experiment says: the same losses, on a CPU to the last bit.

What decides about a number is copied from what runs here: the schedule, the losses, the augmentation, the random
order, each with its settings written in. Around it stands the loop that anybody would write.
"""

from collections.abc import Sequence

from workbench.data import draws
from workbench.data.augment import Augmentation
from workbench.data.mixing import Mixing
from workbench.data.preparation import augmentations_of
from workbench.export.code.functions import function_of
from workbench.export.code.loop import Names, Parts, constants_of, loop_of
from workbench.export.code.sources import Sources
from workbench.export.code.treated import Treated, treated_of
from workbench.spec.catalogue import Declared
from workbench.spec.experiment import Experiment, Speed, TrainingRecipe
from workbench.spec.record import Record

DATA = '''
def load(path: Path) -> dict[str, Tensor]:
    """By split: pictures uint8 [N, C, H, W] or points float32 [N, D]; classes int64 [N]."""
    with np.load(path) as arrays:
        return {{name: torch.from_numpy(arrays[name]).to(DEVICE) for name in arrays.files}}


def normalised(inputs: Tensor, data: dict[str, Tensor]) -> Tensor:
    """Pictures with mean 0 and deviation 1 in each channel; points as they are."""
    if inputs.dtype != torch.uint8:
        return inputs
    zero = 255 * data["mean"].reshape(-1, 1, 1)
    scale = 1 / (255 * data["std"].reshape(-1, 1, 1))
    return inputs.float().sub_(zero).mul_(scale)


def batches(data: dict[str, Tensor], epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """One pass, in an order that depends on (SEED, epoch) alone, as all chance here does."""
    inputs, classes = data["train_inputs"], data["train_classes"]
    start = key(SEED, epoch)
    generator = torch.Generator().manual_seed(start)
    order = torch.randperm(len(inputs), generator=generator).to(DEVICE)
{chance}    for chosen in order.split(BATCH_SIZE)[: num_batches(data)]:
        pictures = inputs.index_select(0, chosen)
{vary}{mix}        yield normalised(pictures, data), {targets}


def num_batches(data: dict[str, Tensor]) -> int:
    """In an epoch. A last batch of one is left out: it has no variance to normalise by."""
    whole, rest = divmod(len(data["train_inputs"]), BATCH_SIZE)
    return whole + (rest > 1 or whole == 0)
'''

MIXED = '''
def mixed(classes: Tensor, own: Tensor) -> Tensor:
    """Of each picture its own class as far as it is itself, else that of the one before: float32 [B, {num_classes}]."""
    wanted = F.one_hot(classes, {num_classes}).float()
    share = own[:, None]
    return share * wanted + (1 - share) * wanted.roll(1, 0)
'''

BATCH = """Batch = tuple[Tensor, Tensor]
\"\"\"Normalised pictures or points, and their classes.\"\"\"
"""


class Head(Record):
    """What an output is trained for: its place among the network's outputs, its loss, and the loss's weight."""

    place: int
    loss: Declared
    weight: float


class Recipe(Record):
    """The parts of an experiment's training, made."""

    optimizer: Declared
    schedule: Declared
    warms_up: bool
    looks_back: bool
    mixing: Mixing | None
    num_classes: int
    validates: bool
    evaluation_batch: int
    heads: tuple[Head, ...]
    speed: Speed
    initialiser: Declared | None
    """None where the weights are as torch draws them."""


def write_training(experiment: Experiment, recipe: Recipe, *, module_name: str, class_name: str, data_name: str) -> str:
    """The script's source, not yet formatted. It imports the network from ``module_name`` and reads ``data_name``."""
    sources = Sources()
    one_output = len(experiment.architecture.graph.outputs) == 1
    treated = treated_of(experiment)
    plain = experiment.training.decay_all and not treated
    weights = "nn.Parameter" if plain else "dict[str, Any]"
    loop = Parts(
        draws_weights=recipe.initialiser is not None,
        evaluation_batch=recipe.evaluation_batch,
        looks_back=recipe.looks_back,
        validates=recipe.validates,
        treated=treated,
    )
    names = Names(class_name=class_name, data_name=data_name, first="" if one_output else f"[{recipe.heads[0].place}]")
    parts = [
        function_of(recipe.optimizer, "build", "make_optimizer", sources, takes=f"parameters: Iterable[{weights}]"),
        *_schedule(recipe, sources),
        *_losses(recipe.heads, one_output, sources),
        *_varied(experiment, sources),
        *_mixing(recipe, sources),
        DATA.format(**_batches(experiment, recipe.mixing)),
        *_drawing(recipe, sources),
        *loop_of(experiment.training, recipe.speed, names, loop),
    ]
    sources.add_names("key\nuniforms" if experiment.data.augmentation or recipe.mixing else "key", draws)
    body = "\n\n".join(part.strip() for part in [_settings(experiment, treated), *sources.classes(), *parts])
    head = f'"""Trains {class_name}: {_plain(experiment.name)}."""'
    own = f"from {module_name} import {class_name}"
    return "\n\n".join([head, f"{sources.imports(body)}\n{own}", body, ""])


def _plain(words: str) -> str:
    return words.replace("\\", "").replace('"', "'")


def _settings(experiment: Experiment, treated: Treated) -> str:
    recipe = experiment.training
    device = f'"{recipe.device}"' if recipe.device != "auto" else '"cuda" if torch.cuda.is_available() else "cpu"'
    device = f"DEVICE = torch.device({device})"
    lines = [f"SEED = {experiment.seed}", *constants_of(recipe), *treated.constants, device, *_arithmetic(recipe)]
    return "\n".join([*lines, *(["", BATCH] if recipe.accumulate > 1 else [])])


def _arithmetic(recipe: TrainingRecipe) -> list[str]:
    """How a GPU multiplies float32, where the recipe says so."""
    words = {"float32": "ieee", "tf32": "tf32"}.get(recipe.speed.precision)
    if words is None or recipe.device == "cpu":
        return []
    return [f'torch.backends.cuda.matmul.fp32_precision = torch.backends.cudnn.fp32_precision = "{words}"']


def _drawing(recipe: Recipe, sources: Sources) -> list[str]:
    """``draw``, which fills a weight."""
    return [function_of(recipe.initialiser, "draw", "draw", sources)] if recipe.initialiser is not None else []


def _schedule(recipe: Recipe, sources: Sources) -> list[str]:
    """``factor``, by which the learning rate is multiplied at each step."""
    reduced = [function_of(recipe.schedule, "reduced", "reduced", sources)] if recipe.looks_back else []
    if not recipe.warms_up:
        return [*reduced, function_of(recipe.schedule, "shape", "factor", sources)]
    return [*reduced, *(function_of(recipe.schedule, name, name, sources) for name in ("shape", "factor"))]


def _losses(heads: Sequence[Head], one_output: bool, sources: Sources) -> list[str]:
    """``loss_of``: the only head's loss, or the weighted sum of all."""
    if len(heads) == 1 and heads[0].weight == 1 and one_output:
        return [function_of(heads[0].loss, "__call__", "loss_of", sources)]
    names = ["head_loss"] if len(heads) == 1 else [f"head{number}_loss" for number in range(len(heads))]
    parts = [function_of(head.loss, "__call__", name, sources) for name, head in zip(names, heads, strict=True)]
    taken = ["outputs" if one_output else f"outputs[{head.place}]" for head in heads]
    terms = [f"{name}({each}, classes)" for name, each in zip(names, taken, strict=True)]
    if len(heads) == 1 and heads[0].weight == 1:
        return [*parts, _loss_of(terms[0], one_output)]
    weighted = ", ".join(f"{head.weight!r} * {term}" for head, term in zip(heads, terms, strict=True))
    return [*parts, _loss_of(f"torch.stack([{weighted}]).sum()", one_output)]


def _loss_of(expression: str, one_output: bool) -> str:
    return f'''def loss_of(outputs: {"Tensor" if one_output else "tuple[Tensor, ...]"}, classes: Tensor) -> Tensor:
    """What is made small."""
    return {expression}'''


def _augmentations(experiment: Experiment) -> list[tuple[str, Augmentation]]:
    """Each with its function's name."""
    made = augmentations_of(experiment.data)
    kinds = [type(each).__name__.lower() for each in made]
    return [
        (kind if kinds.count(kind) == 1 else f"{kind}{number}", each)
        for number, (kind, each) in enumerate(zip(kinds, made, strict=True))
    ]


def _varied(experiment: Experiment, sources: Sources) -> list[str]:
    return [function_of(each, "apply", name, sources) for name, each in _augmentations(experiment)]


def _mixing(recipe: Recipe, sources: Sources) -> list[str]:
    """``mix``, which makes pictures partly each other, and ``mixed``, which does so with their classes."""
    if recipe.mixing is None:
        return []
    return [function_of(recipe.mixing, "mix", "mix", sources), MIXED.format(num_classes=recipe.num_classes)]


def _batches(experiment: Experiment, mixing: Mixing | None) -> dict[str, str]:
    """What goes into ``DATA``: the draws of an epoch, and the lines that vary a batch by them."""
    augmentations = _augmentations(experiment)
    num_draws = sum(each.num_draws for _, each in augmentations) + (mixing.num_draws if mixing else 0)
    lines, used = [], 0
    for name, each in augmentations:
        lines.append(f"        pictures = {name}(pictures, chance[chosen, {used}:{used + each.num_draws}])\n")
        used += each.num_draws
    draw = f"    chance = torch.from_numpy(uniforms(start, len(inputs), {num_draws})).to(DEVICE)\n"
    mix = f"        pictures, own = mix(pictures, chance[chosen, {used}:])\n" if mixing else ""
    targets = "classes.index_select(0, chosen)"
    return {
        "chance": draw if num_draws else "",
        "vary": "".join(lines),
        "mix": mix,
        "targets": f"mixed({targets}, own)" if mixing else targets,
    }
