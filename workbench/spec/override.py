"""One setting of an experiment changed by its path: the meaning of ``--set training.optimizer.lr=0.1``."""

import json
from typing import Any

import msgspec

from workbench.spec.experiment import Experiment, listed_heads
from workbench.spec.files import from_json
from workbench.spec.problems import SpecError, near_names
from workbench.spec.record import Value, replace

BEGINNINGS = {"initialiser": "type", "mixing": "type", "corruption": "type", "weights": "file"}
"""The optional parts of a recipe or a layer, and the setting that must be set first."""

HEADS = "training.heads."


def override(experiment: Experiment, path: str, text: str) -> Experiment:
    """Return the experiment with the setting at ``path`` set to ``text``. Raises SpecError that names the invalid part
    of the path.

    The path follows the fields in the file, with three shortcuts: settings are reached through their ``parameters``
    (``training.optimizer.lr``), items of a list by name, output, type or number
    (``architecture.graph.nodes.conv1.out_channels``, ``data.augmentation.0``), and ``parameters`` itself can be
    omitted. ``text`` is parsed as JSON if possible, else used as a string. Setting another ``type`` resets its settings
    to that type's defaults, since few of the old ones would fit or mean the same. An absent part is created by setting
    its ``type`` (a layer's own initialiser, a mixing) or its ``file`` (initial weights). A recipe without heads lists
    them once a setting of one is set.
    """
    if path.startswith(HEADS):
        training = replace(experiment.training, heads=listed_heads(experiment))
        experiment = replace(experiment, training=training)
    plain = msgspec.json.decode(msgspec.json.encode(experiment))
    place, walked = plain, ""
    *way, last = path.split(".")
    if last == "parameters":
        raise SpecError(f"{path} is not a single setting: name one inside it, such as training.optimizer.lr")
    way = [part for part in way if part != "parameters"]
    for part in way:
        holder, key = _find(place, part, walked)
        place, walked = holder[key], f"{walked}.{part}".removeprefix(".")
    if place is None and way[-1] in BEGINNINGS:
        first = BEGINNINGS[way[-1]]
        if last != first:
            raise SpecError(f"{walked} is not set yet: set {walked}.{first} first")
        place = holder[key] = {first: None}
    holder, key = _find(place, last, walked, may_be_new=True)
    value = read_value(text)
    if key == "type" and holder is place and value != place["type"]:
        place["parameters"] = {}
    holder[key] = value
    return from_json(json.dumps(plain), Experiment)


def _find(place: Any, name: str, walked: str, *, may_be_new: bool = False) -> tuple[Any, Any]:
    """Return the dict or list within ``place`` that holds ``name``, and its key or index there.

    ``may_be_new`` allows a setting of a typed part that is at its default and so is not written.
    """
    if isinstance(place, list):
        names = [_name(item, index) for index, item in enumerate(place)]
        known = names + [str(index) for index in range(len(place))]
        if name in known:
            return place, known.index(name) % len(place)
        raise SpecError(_unknown(name, walked, names))
    if not isinstance(place, dict):
        raise SpecError(f"{walked} is {json.dumps(place)} and has no {name} inside")
    parameters = place.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    if name in place:
        return place, name
    if name in parameters or (may_be_new and "type" in place):
        return parameters, name
    raise SpecError(_unknown(name, walked, [key for key in (*place, *parameters) if key != "parameters"]))


def _name(item: Any, index: int) -> str:
    """Return the name of an item in a list: a node's name, a head's output, a component's type."""
    if not isinstance(item, dict):
        return str(index)
    return str(item.get("name") or item.get("output") or item.get("type") or index)


def _unknown(name: str, walked: str, known: list[str]) -> str:
    there = f"; there is {near_names(name, known)}" if known else ", it is empty"
    return f"{walked or 'an experiment'} has no {name or 'empty name'}{there}"


def read_value(text: str) -> Value:
    """Return a typed value: parsed as JSON if possible, else the text. Raises SpecError if it is nested too deeply."""
    try:
        value: Value = json.loads(text, parse_constant=_not_json)
    except RecursionError:
        raise SpecError("this value is nested too deeply to be a setting") from None
    except ValueError:
        return text
    return value


def _not_json(constant: str) -> Any:
    """Reject NaN and Infinity, which are not JSON, although Python's parser accepts them."""
    raise ValueError(constant)
