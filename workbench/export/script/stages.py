"""What was changed while a run was under way, as a table by step; and how the script's loop asks for what may
change.
"""

from typing import Any

from workbench.export.script.batches import varying_names
from workbench.export.script.recipe import Recipe, Stage
from workbench.spec.catalogue import Declared

NAMES = {"epochs": "EPOCHS", "patience": "PATIENCE", "clip_norm": "CLIP_NORM"}
"""The names of settings that do not change."""

STEERED = {
    "steers_lr": "lr",
    "steers_epochs": "epochs",
    "steers_patience": "patience",
    "steers_clip": "clip_norm",
    "steers_decay": "weight_decay",
}
"""The template's words for whether a setting changes."""


def table(recipe: Recipe) -> list[str]:
    """Return the table ``SETTINGS``; empty if nothing changes."""
    rows: list[str] = []
    before: dict[str, str] = {}
    for stage in recipe.stages:
        row = _row(stage, recipe)
        new = {name: said for name, said in row.items() if before.get(name) != said}
        if new:
            rows.append(f"{stage.step}: {{{', '.join(f'{name!r}: {said}' for name, said in new.items())}}},")
        before = row
    if not rows:
        return []
    about = '"""After so many steps: what was set from the beginning, and what was changed while it trained."""'
    return ["\n".join(["SETTINGS: dict[int, dict[str, Any]] = {", *rows, "}", about])]


def suffixes(recipe: Recipe) -> dict[Declared, str]:
    """Return the suffix of each schedule's function names: empty for the first one."""
    return {stage.schedule: str(number) if number > 1 else "" for number, stage in enumerate(recipe.schedules, start=1)}


def _row(stage: Stage, recipe: Recipe) -> dict[str, str]:
    """Return the changing settings of a stage, as Python expressions by name."""
    row = {name: repr(stage.settings[name]) for name in recipe.changing}
    if len(recipe.schedules) > 1:
        own = suffixes(recipe)[stage.schedule]
        row["factor"] = f"factor{own}"
        if recipe.looks_back:
            row["reduced"] = f"reduced{own}"
    if len(recipe.augmentations) > 1:
        row["varied"] = varying_names(recipe)[stage.augmentation]
    return row


def words(recipe: Recipe, *, spares: bool) -> dict[str, Any]:
    """Return how the template refers to settings: by constants and functions, or by their current values.

    ``spares``: biases and norms have no weight decay, whatever it becomes.
    """
    changing = set(recipe.changing)
    if len(recipe.schedules) > 1:
        changing |= {"factor", "reduced"}

    def asked(name: str) -> str:
        return f'now["{name}"]' if name in changing else NAMES.get(name, name)

    steers_rate = not changing.isdisjoint({"lr", "factor"})
    first_rate = "first_rate" if recipe.looks_back or steers_rate else "rate"
    rate = asked("lr") if "lr" in changing else first_rate
    scores, num_worse = "scores", "num_worse"
    if "judged_from" in changing:
        scores = 'scores[now["judged_from"] // steps_per_epoch:]'
    if "patience_from" in changing:
        num_worse = 'min(num_worse, epoch + 1 - now["patience_from"] // steps_per_epoch)'
    changes = bool(changing) or len(recipe.augmentations) > 1
    return {
        "changes": changes,
        "epochs": asked("epochs"),
        "patience": asked("patience"),
        "clip_norm": asked("clip_norm"),
        "factor": asked("factor"),
        "reduced": asked("reduced"),
        "first_rate": first_rate,
        "base_rate": f"{rate} * {asked('reduced')}({scores})" if recipe.looks_back else rate,
        "num_worse": num_worse,
        "steers_rate": steers_rate,
        **{word: name in changing for word, name in STEERED.items()},
        "spares_decay": spares,
        "steers_layers": any("." in name for name in changing),
        "steers_batches": len(recipe.augmentations) > 1,
    }
