"""Differences between experiments, for a table that compares their runs. No torch is imported here."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any

import msgspec

from workbench.events import DataPrepared
from workbench.runs.store import SavedRun
from workbench.spec.change import Change, to_bytes
from workbench.spec.column import named
from workbench.spec.experiment import Architecture, Experiment, Head
from workbench.spec.graph import Node
from workbench.spec.record import Value, replace
from workbench.spec.words import first_few, listed
from workbench.training.aims import heads_of, measures_of
from workbench.training.changing.changes import LABELS, NAMES, WEIGHTS, is_one, labels, said, sentence

SEED = "seed"
FOLD = "fold"
NETWORK = "network"
CHANGED = "changed"
"""What was changed while the runs trained, and when; with what they ended with alone, they would look alike."""

MOST_TOLD = 3
"""The number of differences between two networks, or of changes of a run, that are listed; the rest is only counted."""

HEADS = "training.heads"

DEFAULT = "default"
"""Stands for a parameter that a component leaves at its default."""


def differing(experiments: Sequence[Experiment]) -> dict[str, tuple[str, ...]]:
    """Return each setting that is not equal in all experiments: its name -> its value in each of them, in words.

    Networks are shown as ``of_networks`` does.
    """
    found = of_networks([experiment.architecture for experiment in experiments])
    for part in ("data", "training", SEED):
        # Through JSON, since ``to_builtins`` would leave tuples.
        values = [msgspec.json.decode(msgspec.json.encode(getattr(each, part))) for each in experiments]
        if part == "training":
            values = _by_output(values)
        for path, apart in _apart(part, values):
            found[_name_of(path)] = _words(path, apart)
    return found


def differing_runs(runs: Sequence[SavedRun]) -> dict[str, tuple[str, ...]]:
    """Do ``differing`` for runs: where one names its heads, those that the others had by default are known too.

    Runs that were not changed alike while they trained differ in what was ``changed``; what was taken back before
    another step does not count.
    """
    experiments = [run.experiment for run in runs]
    if any(experiment.training.heads for experiment in experiments):
        experiments = [_with_heads(run) for run in runs]
    changed = _changes_said([_changes(run) for run in runs])
    return differing(experiments) | ({CHANGED: changed} if len(set(changed)) > 1 else {})


def _changes(run: SavedRun) -> tuple[Change, ...]:
    """Return what the changes after a step together made of each setting, in the same order for all runs."""
    made: dict[tuple[int, str], Change] = {}
    for event in run.changes:
        place = (event.step, event.path)
        before = made[place].before if place in made else event.before
        made[place] = Change(step=event.step, path=event.path, before=before, after=event.after)
    changes = (made[place] for place in sorted(made))
    return tuple(each for each in changes if is_one(run.experiment, each.path, each.before, each.after))


def _changes_said(runs: Sequence[tuple[Change, ...]]) -> tuple[str, ...]:
    """Return the words for each run's changes: the first few, or all in full where those would be the same for runs
    that were not changed alike.
    """
    words = tuple(_few(changes) for changes in runs)
    return words if len(set(words)) == len(set(map(to_bytes, runs))) else tuple(map(_in_full, runs))


def _few(changes: Sequence[Change]) -> str:
    told = [(change.step, labels(change.path, change.before, change.after)[0]) for change in changes[:MOST_TOLD]]
    rest = len(changes) - MOST_TOLD
    return _by_step(told) + (f" and {rest} more" if rest > 0 else "")


def _in_full(changes: Sequence[Change]) -> str:
    return _by_step([(change.step, sentence(change.path, change.before, change.after)) for change in changes])


def _by_step(told: Sequence[tuple[int, str]]) -> str:
    """Return changes in words: ``epochs 10 → 20 and learning rate 0.05 → 0.01 after step 151``."""
    steps = groupby(told, key=lambda change: change[0])
    words = [f"{' and '.join(said for _, said in made)} after step {step:,}" for step, made in steps]
    return ", ".join(words) or "nothing"


def _with_heads(run: SavedRun) -> Experiment:
    """Return the run's experiment with the heads it was trained with, as far as the log has the data's columns."""
    experiment = run.experiment
    columns = next((event.columns for event in run.events if isinstance(event, DataPrepared)), ())
    heads = tuple(
        head if (column := named(columns, head.target)) is None else replace(head, measures=measures_of(head, column))
        for head in (heads_of(experiment, columns) if columns else experiment.training.heads)
    )
    return replace(experiment, training=replace(experiment.training, heads=heads))


def _by_output(recipes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the recipes with their heads by output, so that what differs in them is a setting; None stands for a head
    that a recipe with other heads does not have.
    """
    named = [_numbered(recipe.get("heads", ())) for recipe in recipes]
    every = dict.fromkeys(chain.from_iterable(named))
    by_output = [{name: heads.get(name) for name in every} if heads else {} for heads in named]
    return [recipe | {"heads": heads} for recipe, heads in zip(recipes, by_output, strict=True)]


def _numbered(heads: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the heads by output; of several at one output, with their number from the second on."""
    found: dict[str, dict[str, Any]] = {}
    for head in heads:
        output = head["output"]
        number = 1 + sum(earlier["output"] == output for earlier in found.values())
        found[output if number == 1 else f"{output} {number}"] = head
    return found


def _words(path: str, values: Sequence[Value]) -> tuple[str, ...]:
    """Return the values in words; of weights whose names are the same, with the beginning of the file's SHA-256."""
    if path == LABELS:
        return _labels_said(values)
    words = tuple(_head_said(value) if path.startswith(f"{HEADS}.") else said(value) for value in values)
    hashes = [str(value.get("sha256", "")) if isinstance(value, dict) else "" for value in values]
    if len(set(words)) == len(set(zip(words, hashes, strict=True))):
        return words
    return tuple(f"{name} ({each[:8]})" if each else name for name, each in zip(words, hashes, strict=True))


def _labels_said(recipes: Sequence[Value]) -> tuple[str, ...]:
    """Return how many labels each recipe corrects and, where numbers do not tell two apart, the first of those that not
    all do, those of the fewest recipes first.
    """
    labels = [_labels(recipe) for recipe in recipes]
    counts = [f"{len(each):,}" if each else "none" for each in labels]
    if len(set(counts)) == len(set(labels)):
        return tuple(counts)
    shared = frozenset.intersection(*labels)
    several = len({column for each in labels for column, _, _ in each}) > 1
    num_recipes = Counter(chain.from_iterable(set(labels)))
    own = [sorted(each - shared, key=lambda one: (num_recipes[one], one)) for each in labels]
    words = [
        listed(
            first_few([f"{f'{column}: ' if several else ''}{name} {label}" for column, name, label in each], MOST_TOLD)
        )
        for each in own
    ]
    return tuple(f"{count} ({few})" if few else count for count, few in zip(counts, words, strict=True))


def _labels(recipe: Value) -> frozenset[tuple[str, str, str]]:
    """Return the corrected labels: column, name of the picture, class."""
    assert isinstance(recipe, dict)
    return frozenset((column, name, label) for column, each in recipe.items() for name, label in each.items())


def _head_said(value: Value) -> str:
    """Return a whole head in words: ``class, CrossEntropy, weight 2``; of a part of one, that part."""
    if not (isinstance(value, dict) and "output" in value):
        return said(value)
    head = msgspec.convert(value, Head)
    weight = () if head.weight == 1 else (f"weight {head.weight:g}",)
    measures = (" + ".join(measure.type for measure in head.measures),) if head.measures else ()
    return ", ".join((head.target, said(msgspec.to_builtins(head.loss)), *weight, *measures))


def _apart(path: str, values: Sequence[Value]) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Yield the smallest differing parts; components of different types are yielded whole."""
    if all(value == values[0] for value in values[1:]):
        return
    tables = [value for value in values if isinstance(value, dict)]
    if (
        path not in (WEIGHTS, LABELS)
        and len(tables) == len(values)
        and len({table.get("type") for table in tables}) == 1
    ):
        for key in dict.fromkeys(chain.from_iterable(tables)):
            inner = path if key == "parameters" else f"{path}.{key}"
            yield from _apart(inner, [table.get(key, DEFAULT) for table in tables])
    else:
        yield path, tuple(values)


def of_networks(networks: Sequence[Architecture]) -> dict[str, tuple[str, ...]]:
    """Return what differs between networks: a few settings of the nodes that all have, such as ``out channels of
    conv1``, else the networks, each as it is ``called``.
    """
    nodes = [_nodes(network) for network in networks]
    if all(own == nodes[0] for own in nodes[1:]):
        return {}
    plans = [{name: (node.type, node.inputs) for name, node in own.items()} for own in nodes]
    if len({network.name for network in networks}) == 1 and all(plan == plans[0] for plan in plans[1:]):
        found = {
            _setting_of(name, path): _words(path, apart)
            for name in nodes[0]
            for path, apart in _apart(name, [_treated(own[name]) for own in nodes])
        }
        if len(found) <= MOST_TOLD:
            return found
    return {NETWORK: called(networks)}


def _setting_of(node: str, path: str) -> str:
    """Return the name of a node's setting for users: ``out channels of conv1``, ``p of dropout in Block``."""
    block, _, name = node.rpartition("/")
    return f"{path.rpartition('.')[2].replace('_', ' ')} of {name}{block and f' in {block}'}"


def _treated(node: Node) -> dict[str, Any]:
    """Return a node's parameters, and how it is repeated and trained."""
    fields = ("parameters", "repeat", "frozen", "lr_factor", "initialiser")
    return {field: msgspec.to_builtins(getattr(node, field)) for field in fields}


def _name_of(path: str) -> str:
    """Return the setting's name for users: ``learning rate``, ``batch size``, ``optimizer momentum``."""
    return NAMES.get(path) or " ".join(path.split(".")[1:] or [path]).replace("_", " ")


def called(networks: Sequence[Architecture]) -> tuple[str, ...]:
    """Return the name of each network; where names are equal, with what differs from the first network."""
    nodes = [_nodes(network) for network in networks]
    distinct = {network.name: own for network, own in zip(networks, nodes, strict=True)}
    if all(distinct[network.name] == own for network, own in zip(networks, nodes, strict=True)):
        return tuple(network.name for network in networks)
    told: list[tuple[str, str, dict[str, Node]]] = []
    """For each distinct network: its name, its description, and its nodes."""
    words = []
    for network, own in zip(networks, nodes, strict=True):
        known = next((said for name, said, other in told if name == network.name and other == own), "")
        if not known:
            known = _told(network.name, own, told) if told else network.name
            told.append((network.name, known, own))
        words.append(known)
    return tuple(words)


def _told(name: str, own: Mapping[str, Node], told: Sequence[tuple[str, str, Mapping[str, Node]]]) -> str:
    """Return the description of a network that differs from all those in ``told``."""
    since = _since(told[0][2], own)
    words = f"{name}: {since}" if since else name
    # A description leaves much out: if two networks get the same one, the later adds its differences from the earlier.
    while (alike := next((other for _, said, other in told if said == words), None)) is not None:
        words += f", {_since(alike, own) or 'other blocks'}"
    return words


def _nodes(network: Architecture) -> dict[str, Node]:
    """Return every node by its name, those of blocks included, without its position on the canvas."""
    graphs = {"": network.graph, **{f"{name}/": block for name, block in network.blocks.items()}}
    return {
        prefix + node.name: replace(node, position=None, unfolded=False)
        for prefix, graph in graphs.items()
        for node in graph.nodes
    }


def _since(before: Mapping[str, Node], after: Mapping[str, Node]) -> str:
    """Return the differences in words: ``4 × ReLU → Sigmoid, with bn1, without 2 × Dropout, act1 ReLU → ELU``.

    Connections are mentioned only if nothing else differs.
    """
    before, after = _without_blocks_of_one(before, after), _without_blocks_of_one(after, before)
    replaced = _replaced(before, after)
    kinds = Counter(f"{before[old].type} → {after[new].type}" for old, new in replaced.items())
    told = [f"{number} × {kind}" for kind, number in kinds.items()]
    new = {name: node for name, node in after.items() if name not in before and name not in replaced.values()}
    gone = {name: node for name, node in before.items() if name not in after and name not in replaced}
    told += [f"with {words}" for words in _by_type(new)] + [f"without {words}" for words in _by_type(gone)]
    told += [words for name in before if name in after and (words := _changed(name, before[name], after[name]))]
    if not told and before != after:
        return "connected otherwise"
    rest = len(told) - MOST_TOLD
    return ", ".join(told[:MOST_TOLD]) + (f" and {rest} more" if rest > 0 else "")


def _without_blocks_of_one(nodes: Mapping[str, Node], others: Mapping[str, Node]) -> dict[str, Node]:
    """Return the nodes without those inside blocks that only this network has: such a block counts once."""
    blocks = {name.rpartition("/")[0] for name in others}
    return {name: node for name, node in nodes.items() if name.rpartition("/")[0] in blocks}


def _by_type(nodes: Mapping[str, Node]) -> list[str]:
    """Return the name of a type's only node, or the number of its nodes, repeats included."""
    types: Counter[str] = Counter()
    for node in nodes.values():
        types[node.type] += node.repeat
    names = {node.type: name for name, node in nodes.items()}
    return [names[kind] if number == 1 else f"{number} × {kind}" for kind, number in types.items()]


def _replaced(before: Mapping[str, Node], after: Mapping[str, Node]) -> dict[str, str]:
    """Return old name -> new name of each node replaced, at its place, by one of another type and name."""
    if len(before) != len(after):
        return {}
    pairs = ((old, new) for old, new in zip(before, after, strict=True) if before[old].type != after[new].type)
    return {old: new for old, new in pairs if old not in after and new not in before}


def _changed(name: str, before: Node, after: Node) -> str:
    if before.type != after.type:
        return f"{name} {before.type} → {after.type}"
    told = [
        f"{path.rpartition('.')[2].replace('_', ' ')} {said(old)} → {said(new)}"
        for path, (old, new) in _apart(name, [_treated(before), _treated(after)])
    ]
    return f"{name} {', '.join(told)}" if told else ""
