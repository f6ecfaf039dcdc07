"""Writes the script: whatever affects a number is copied from the code that runs here; the loop is a template."""

import ast
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from workbench.export.code.sources import Sources
from workbench.export.code.words import docstring
from workbench.export.script import aims, batches, stages
from workbench.export.script.functions import function_of
from workbench.export.script.recipe import Head, Names, Recipe
from workbench.export.script.treated import Treated, treated_of
from workbench.spec.catalogue import Declared
from workbench.spec.experiment import SIXTEEN_BITS, Experiment, TrainingRecipe

TEMPLATES = Environment(
    loader=PackageLoader(__package__, "."), trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
)
COMPILED = {"on": "", "cuda_graphs": ', mode="reduce-overhead"'}


def write_script(experiment: Experiment, recipe: Recipe, names: Names) -> str:
    """Return the script's unformatted source."""
    sources, treated = Sources(), treated_of(experiment)
    parts = [
        _optimizer(experiment.training, recipe, treated, sources),
        *_schedules(recipe, sources),
        *aims.losses(recipe, sources),
        *batches.functions(recipe, sources),
        *(function_of(thing, "draw", name, sources) for thing, name in _drawing(recipe).items()),
        *stages.table(recipe),
        _loop(experiment.training, recipe, names, treated, sources),
    ]
    settings = [*_settings(experiment, recipe), *treated.constants, *_machine(experiment.training), "", _batch(recipe)]
    copied = [part.strip() for part in sources.classes()]
    constants = [part for part in copied if _is_number(part)]
    functions = [part for part in [*copied, *(part.strip() for part in parts)] if part not in constants]
    body = "\n\n".join(["\n".join([*settings, *constants]), *functions])
    about = f"Trains {names.class_name}: {experiment.name.strip().rstrip('.')}."
    head = f"{docstring(about, '')}\n{sources.imports(body)}\nfrom {names.module} import {names.class_name}"
    return f"{head}\n\n{body}\n"


def _is_number(text: str) -> bool:
    """Return whether the text defines a numeric constant."""
    (statement,) = ast.parse(text).body
    return isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)


def _settings(experiment: Experiment, recipe: Recipe) -> list[str]:
    chosen, data = experiment.training, recipe.data
    named = {
        "SEED": experiment.seed,
        "EPOCHS": None if "epochs" in recipe.changing else chosen.epochs,
        "BATCH_SIZE": chosen.batch_size,
        "PER_CLASS": chosen.per_class if recipe.grouped else None,
        "ACCUMULATE": chosen.accumulate if chosen.accumulate > 1 else None,
        "CLIP_NORM": None if "clip_norm" in recipe.changing else chosen.clip_norm,
        "AVERAGE": chosen.average,
        "PATIENCE": None if "patience" in recipe.changing else chosen.patience,
        "MEAN": data.mean or None,
        "STD": data.std or None,
    }
    return [f"{name} = {value!r}" for name, value in named.items() if value is not None]


def _machine(recipe: TrainingRecipe) -> list[str]:
    """Return the lines for the device, a GPU's float32 precision and convolutions, and the number of threads, if the
    recipe sets them.
    """
    where = f'torch.device("{recipe.device}")'
    if recipe.device == "auto":
        where = 'torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")'
    lines = [f"DEVICE = {where}"]
    if recipe.speed.precision != "automatic" and recipe.device != "cpu":
        is_coarse = recipe.speed.precision != "float32"
        lines.append(f"torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = {is_coarse}")
    if recipe.speed.convolutions == "benchmarked":
        lines.append("torch.backends.cudnn.benchmark = True")
    if recipe.speed.threads is not None:
        lines.append(f"torch.set_num_threads({recipe.speed.threads})")
    return lines


def _batch(recipe: Recipe) -> str:
    """Return the type of a batch, with its shapes."""
    wanted = {name: _answered(head, recipe) for name, head in recipe.targets.items()}
    targets = "targets " + next(iter(wanted.values()))
    if aims.several_columns(recipe):
        targets = "by column the targets: " + ", ".join(f"{name} {shape}" for name, shape in wanted.items())
    words = f"Inputs {_shape('float32', 'B', recipe.data.input_shape)}, and {targets}."
    return f"Batch = tuple[Tensor, {aims.targets_type(recipe)}]\n{docstring(words, '')}"


def _answered(head: Head, recipe: Recipe) -> str:
    """Return the shape of a batch's targets."""
    column = head.column
    if column.kind in ("class", "mask") and not recipe.data.mixing:
        return _shape("int64", "B", column.shape)
    return _shape("float32", "B", column.answer)


def _stored(head: Head) -> str:
    """Return the shape of a column as stored in the data."""
    column = head.column
    if column.kind == "class":
        return _shape("int64", "N", ())
    if column.kind in ("mask", "picture"):
        return _shape("uint8", "N", column.shape)
    return _shape("float32", "N", column.answer)


def _shape(dtype: str, first: str, sides: tuple[int, ...]) -> str:
    return f"{dtype} [{', '.join([first, *map(str, sides)])}]"


def _arrays(recipe: Recipe, stored: dict[str, Head]) -> str:
    """Return the description of the stored arrays."""
    several = aims.several_columns(recipe)
    targets = [
        f"target_{name} {_stored(head)}" if several else f"targets {_stored(head)}" for name, head in stored.items()
    ]
    inputs = _shape("uint8" if recipe.data.has_pictures else "float32", "N", recipe.data.picture_shape)
    return (
        f"Read the data. Each split ({', '.join(recipe.data.splits)}) has {', '.join([f'inputs {inputs}', *targets])}."
    )


def _optimizer(chosen: TrainingRecipe, recipe: Recipe, treated: Treated, sources: Sources) -> str:
    weights = "nn.Parameter" if chosen.decay_all and not treated else "dict[str, Any]"
    return function_of(recipe.optimizer, "build", "make_optimizer", sources, takes=f"parameters: Iterable[{weights}]")


def _schedules(recipe: Recipe, sources: Sources) -> Iterator[str]:
    """Yield ``factor``, which scales the learning rate at each step; with several schedules, one for each."""
    own = stages.suffixes(recipe)
    for stage in recipe.schedules:
        schedule, end = stage.schedule, own[stage.schedule]
        if recipe.looks_back:
            yield function_of(schedule, "reduced", f"reduced{end}", sources)
        if not stage.warms_up:
            yield function_of(schedule, "shape", f"factor{end}", sources)
            continue
        yield function_of(schedule, "shape", f"shape{end}", sources)
        yield function_of(schedule, "factor", f"factor{end}", sources, instead={" shape(": f" shape{end}("})


def _loop(chosen: TrainingRecipe, recipe: Recipe, names: Names, treated: Treated, sources: Sources) -> str:
    measures = aims.measures(recipe)
    for line in measures.imports:
        (statement,) = ast.parse(line).body
        assert isinstance(statement, ast.ImportFrom)
        sources.add_import(statement)
    values = {
        **_of_data(recipe),
        **_of_speed(recipe),
        **_of_learning(chosen, recipe, treated),
        **stages.words(recipe, spares=not chosen.decay_all),
        "measures": measures,
        "class_name": names.class_name,
        "data_name": names.data,
        "module": names.module,
        "mapped": names.mapped,
        "data_type": f"dict[str, {'Tensor | np.ndarray' if names.mapped else 'Tensor'}]",
        "rows": ("rows({}, chosen)" if names.mapped else "{}.index_select(0, chosen)").format,
        "weights_name": names.weights,
    }
    return TEMPLATES.get_template("train.py.jinja").render(values)


def _of_data(recipe: Recipe) -> dict[str, Any]:
    """Return the template's values about the data and its passes."""
    data = recipe.data
    stored = {name: head for name, head in recipe.targets.items() if head.is_stored}
    return {
        "arrays": docstring(_arrays(recipe, stored), "    ").rstrip(),
        "stored": tuple(stored),
        "several_columns": aims.several_columns(recipe),
        "inputs": "pictures" if data.has_pictures else "inputs",
        "has_pictures": data.has_pictures,
        "standardises": bool(data.mean) and not data.has_pictures,
        "corrupts": data.corruption is not None,
        "lines": batches.lines_of(recipe),
        "measures_splits": data.splits != ("train",),
        "evaluation_batch": recipe.evaluation_batch,
        "compares": recipe.compares,
        "grouped": recipe.grouped and repr(f"train_{_array_of(recipe, recipe.grouped)}"),
        "validates": "val" in data.splits,
        "tests": "test" in data.splits,
        "num_outputs": recipe.num_outputs,
        "answer_type": "Tensor" if recipe.num_outputs == 1 else "tuple[Tensor, ...]",
    }


def _array_of(recipe: Recipe, column: str) -> str:
    """Return the name of a column's array within a split."""
    return f"target_{column}" if aims.several_columns(recipe) else "targets"


def _of_speed(recipe: Recipe) -> dict[str, Any]:
    """Return the template's values about the computation of a step."""
    speed = recipe.speed
    scales = speed.precision == "fp16"
    return {
        "sixteen_bits": SIXTEEN_BITS.get(speed.precision),
        "ask": "answers({}, inputs)".format if speed.precision in SIXTEEN_BITS else "{}(inputs)".format,
        "compiled": COMPILED.get(speed.compile),
        "network": "compiled" if speed.compile in COMPILED else "model",
        "has_graphs": speed.compile == "cuda_graphs",
        "scales": scales,
        "backward": "scaler.scale(loss).backward()" if scales else "loss.backward()",
        "channels_last": speed.memory_layout == "channels_last" and recipe.has_convolutions,
    }


def _of_learning(chosen: TrainingRecipe, recipe: Recipe, treated: Treated) -> dict[str, Any]:
    """Return the template's values about trainable weights, optimizer, initial weights and early stopping."""
    validates = "val" in recipe.data.splits
    return {
        "looks_back": recipe.looks_back,
        "is_patient": recipe.ever("patience"),
        "treated": treated.functions(decays_all=chosen.decay_all),
        "freezes": bool(treated.frozen),
        "spares": not chosen.decay_all and not treated,
        "learnable": _learnable(chosen, treated),
        "accumulates": chosen.accumulate > 1,
        "averages": chosen.average is not None,
        "learnt": "model" if chosen.average is None else "average.module",
        "clips": recipe.ever("clip_norm"),
        "sums_up": not validates and (recipe.looks_back or recipe.ever("patience")),
        "score": 'validated["loss"]' if validates else "train_loss / num_seen",
        **_initial_weights(recipe),
        "has_attention": recipe.has_attention,
        "has_recurrent": recipe.has_recurrent,
        "has_series": recipe.has_series,
        "starts_with": recipe.starts_with,
    }


def _drawing(recipe: Recipe) -> dict[Declared, str]:
    """Return the initialisers, each with the name of its function."""
    things = list(dict.fromkeys(each.initialiser for each in recipe.initial_weights if each.initialiser is not None))
    if len(recipe.initial_weights) == 1:
        return dict.fromkeys(things, "draw")
    names: dict[Declared, str] = {}
    for thing in things:
        alike = sum(type(other) is type(thing) for other in names)
        names[thing] = f"draw_{type(thing).__name__.lower()}{alike + 1 if alike else ''}"
    return names


def _initial_weights(recipe: Recipe) -> dict[str, Any]:
    """Return the template's values about initialisation; ``several`` is whether layers have different initialisers."""
    names = _drawing(recipe)
    drawn = {each.start: names[each.initialiser] if each.initialiser else "None" for each in recipe.initial_weights}
    scaled = {each.start: each.scaling for each in recipe.initial_weights}
    return {
        "draws": bool(recipe.initial_weights),
        "several": len(drawn) > 1,
        "drawn": ", ".join(f"{start!r}: {name}" for start, name in drawn.items()),
        "scaled": scaled if any(scaled.values()) else {},
    }


def _learnable(chosen: TrainingRecipe, treated: Treated) -> str:
    """Return the optimizer's argument."""
    if treated:
        return "in_groups(model)"
    return "model.parameters()" if chosen.decay_all else "with_decay_apart(model)"
