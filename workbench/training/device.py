"""The device a run uses, and what its exactness depends on."""

import os
import platform
from typing import Any

import torch

import workbench
from workbench.spec.problems import SpecError

NUM_THREADS = "OMP_NUM_THREADS"
"""The environment variable by which people, and torchrun, say how many threads torch is to use."""


def choose_device(wish: str) -> torch.device:
    """``auto`` takes CUDA, then MPS, then the CPU. SpecError where the one wished for is not there."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wish == "auto":
        return torch.device(next(name for name, there in available.items() if there))
    if not available[wish]:
        there = ", ".join(name for name, is_there in available.items() if is_there)
        raise SpecError(f"device {wish}: torch finds none on this machine; there is {there}")
    return torch.device(wish)


def device_title(device: torch.device) -> str:
    """The device as people call it."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()


def num_cores() -> int:
    """Cores that this process may use; two threads of one core count as two."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usual_threads() -> int:
    """As many as ``OMP_NUM_THREADS`` says; else one for every core but one, which is left to the window and the system."""
    said = os.environ.get(NUM_THREADS, "").partition(",")[0].strip()
    return int(said) if said.isdecimal() and int(said) else max(1, num_cores() - 1)


def free_a_core() -> None:
    """Let torch compute with the usual threads, in the thread that calls and in those that begin from now on."""
    torch.set_num_threads(usual_threads())


def environment(device: torch.device, num_threads: int | None = None) -> dict[str, Any]:
    """Versions, device and threads: with these equal, a run on the CPU is equal to the last bit.

    The threads are torch's own now, where ``num_threads`` does not say how many it is going to use. ``instructions`` are those that torch's kernels use on this processor, AVX2 say: with others, sums are taken in another
    order.
    """
    return {
        "workbench": workbench.__version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "device": device_title(device),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": num_threads or torch.get_num_threads(),
    }
