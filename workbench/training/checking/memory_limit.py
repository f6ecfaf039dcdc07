"""How much memory a training may use, before it begins: what is free, and the largest batch that should fit."""

import sys
from collections.abc import Iterator
from math import isqrt
from pathlib import Path

import psutil

from workbench.compiler.facts import Analysis
from workbench.spec.experiment import TrainingRecipe
from workbench.spec.problems import Problem
from workbench.spec.quantities import memory
from workbench.spec.record import replace
from workbench.spec.remedy import SetBatchSize
from workbench.training.checking.memory import bytes_per_pair, training_memory

CGROUP = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
STATUS = Path("/proc/self/status")

VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file"))
VERSION_2 = ("memory.max", "memory.current", ("inactive_file", "active_file"))
"""The files of a cgroup with its limit and its usage, and the lines of ``memory.stat`` with what can be dropped: parts
of files, such as the pictures of a set larger than memory, also if they were read more than once.
"""

SHARE = 0.9
"""The share of a GPU's free memory for what a step holds; the rest is for what exists while a layer is computed."""

CPU_SHARE = 0.5
"""The same on a CPU, whose kernels copy what they read into their own layout, and whose allocator keeps more than is
used: measured on the presets, a step takes 1.3 to 1.9 times what it holds. Of recurrent layers more is counted
(``Analysis.passing_bytes``).
"""

LIBRARIES = 64 << 20
"""Bytes of a CPU's memory that the libraries take once a training begins."""


def free_memory(device: str) -> int | None:
    """Return the bytes free on a torch device (``cpu``, ``cuda:0``); None if unknown. Imports torch for CUDA."""
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    if device != "cpu":
        return None
    found = [_in_machine(), *_in_cgroups(), *_in_limits()]
    rooms = [room for room in found if room is not None]
    return max(0, min(rooms)) if rooms else None


def largest_batch(recipe: TrainingRecipe, analysis: Analysis, step_bytes: int) -> int | None:
    """Return the recipe's batch size or, if its step would hold more than ``step_bytes``, the largest whose step does
    not; 0 if none, None if unknown.
    """
    needed = training_memory(recipe, analysis)
    if needed is None or not analysis.kept_bytes:
        return None
    room = step_bytes - (needed.total - needed.kept)
    if room < 0:
        return 0
    each, pair = analysis.kept_bytes, bytes_per_pair(recipe)
    size = (isqrt(each**2 + 4 * pair * room) - each) // (2 * pair) if pair else room // each
    return min(recipe.batch_size, size)


def room_for_step(device: str, free_bytes: int) -> int:
    """Return how many of the bytes free on a device what a step holds may take."""
    return int(CPU_SHARE * (free_bytes - LIBRARIES) if device == "cpu" else SHARE * free_bytes)


def memory_problem(
    recipe: TrainingRecipe,
    analysis: Analysis,
    device: str,
    free_bytes: int | None,
    *,
    num_ranks: int = 1,
    sharing: int = 1,
) -> Problem | None:
    """Return a warning if a step of this recipe should not fit into what is free on the device, with one that should.

    Each of ``num_ranks`` processes computes its part of every batch; ``sharing`` of them share one device's memory.
    """
    part = replace(recipe, batch_size=-(-recipe.batch_size // num_ranks))
    if device == "cpu":
        # What it needs is halved again in the room for a step.
        analysis = replace(analysis, kept_bytes=analysis.kept_bytes + round(CPU_SHARE * analysis.passing_bytes))
    needed = training_memory(part, analysis)
    if needed is None or free_bytes is None:
        return None
    room = room_for_step(device, free_bytes // sharing)
    if needed.total <= room:
        return None
    size = num_ranks * (largest_batch(part, analysis, room) or 0)
    each = f" in each of {num_ranks} processes" if num_ranks > 1 else ""
    passing = " and as much again in passing" if device == "cpu" else ""
    what = (
        f"training needs about {memory(needed.total)}{each} with batches of {recipe.batch_size}{passing}, but "
        f"{memory(free_bytes // sharing)} is free{' for it' if each else ''}"
    )
    if not size:
        return Problem(node="", what=what, mend="use fewer filters and units", severity="warning")
    words = f"Train with batches of {size}"
    remedy = SetBatchSize(words=words, path="", batch_size=size)
    return Problem(node="", what=what, mend=f"batches of {size} should fit", severity="warning", remedy=remedy)


def _in_machine() -> int | None:
    """Return what the machine has left; None where the system does not say, such as one that hides ``/proc``."""
    try:
        room: int = psutil.virtual_memory().available
    except (OSError, KeyError):
        return None
    return room


def _in_cgroups() -> Iterator[int | None]:
    """Yield what each cgroup of this process has left: those of its container, service or job, and all above them.

    Only Linux has any. In a container, the kernel may give a path outside of it; what there is of it is then its top
    folder.
    """
    try:
        lines = OWN_CGROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = CGROUP / "memory" if controllers else CGROUP
        own = top / path.lstrip("/")
        for folder in (own, *own.parents):
            yield _left_in(folder, VERSION_1 if controllers else VERSION_2)
            if folder == top:
                break


def _left_in(cgroup: Path, files: tuple[str, str, tuple[str, str]]) -> int | None:
    """Return what one cgroup has left; None if it has no limit."""
    limit, usage, caches = files
    try:
        most = (cgroup / limit).read_text().strip()
        used = int((cgroup / usage).read_text())
        stat = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
        cached = sum(int(stat[name]) for name in caches)
    except (OSError, ValueError, KeyError):
        return None
    return None if most == "max" else int(most) - used + cached


def _in_limits() -> list[int]:
    """Return what ``ulimit`` leaves to this process, of address space and of data."""
    if sys.platform == "win32":
        return []
    import resource

    rooms = []
    for limit, line in ((resource.RLIMIT_AS, "VmSize:"), (resource.RLIMIT_DATA, "VmData:")):
        most, _ = resource.getrlimit(limit)
        used = _in_use(line)
        if most != resource.RLIM_INFINITY and used is not None:
            rooms.append(most - used)
    return rooms


def _in_use(name: str) -> int | None:
    """Return the bytes that a line of this process's status states in kB; None where there is no such file
    or line.
    """
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith(name)), None)
