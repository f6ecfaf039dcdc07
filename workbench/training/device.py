"""The device a run uses, and what its exactness depends on."""

import os
import platform
from typing import Any

import torch

import workbench
from workbench.spec.problems import SpecError


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


def free_a_core() -> None:
    """Leave one core to the window and the system: taking all of them costs more in waiting than it gains."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def environment(device: torch.device) -> dict[str, Any]:
    """Versions, device and threads: with these equal, a run on the CPU is equal to the last bit.

    ``instructions`` are those that torch's kernels use on this processor, AVX2 say: with others, sums are taken in another
    order.
    """
    return {
        "workbench": workbench.__version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "device": device_title(device),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
    }
