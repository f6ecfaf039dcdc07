"""The device a run uses, and what its exactness depends on."""

import os
import platform
from typing import Any

import torch

import workbench
from workbench.spec.problems import SpecError

NUM_THREADS = "OMP_NUM_THREADS"
"""The environment variable by which users, and torchrun, set torch's number of threads."""

INSTRUCTIONS = {
    "bf16": ("avx512_bf16", "amx_bf16", "bf16"),
    "fp16": ("avx512_fp16", "amx_fp16", "fp16_arith"),
}
"""Those for 16 bits of Intel's and AMD's processors and of Arm's, as ``torch.cpu.get_capabilities`` names them."""


def choose_device(wish: str) -> torch.device:
    """Return the device; ``auto`` prefers CUDA, then MPS, then the CPU. Raises SpecError if it is not available."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wish == "auto":
        return torch.device(next(name for name, there in available.items() if there))
    if not available[wish]:
        there = ", ".join(name for name, is_there in available.items() if is_there)
        raise SpecError(f"device {wish}: torch finds none on this machine; there is {there}")
    return torch.device(wish)


def device_title(device: torch.device) -> str:
    """Return the device's name for users."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()


def num_cores() -> int:
    """Return the number of cores available to this process; two hardware threads of one core count as two."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usual_threads() -> int:
    """Return the value of ``OMP_NUM_THREADS`` or, without it, one less than the cores: one is left to the window and
    the system.
    """
    said = os.environ.get(NUM_THREADS, "").partition(",")[0].strip()
    return int(said) if said.isdecimal() and int(said) else max(1, num_cores() - 1)


def computes(precision: str) -> bool:
    """Return whether this processor has instructions for 16 bits; without them torch imitates these, many times
    slower.
    """
    has = torch.cpu.get_capabilities()
    return torch.backends.mkldnn.is_available() and any(has.get(name) for name in INSTRUCTIONS[precision])


def free_a_core() -> None:
    """Set torch's number of threads to ``usual_threads()``, in the calling thread and those started later."""
    torch.set_num_threads(usual_threads())


def environment(device: torch.device, num_threads: int | None = None) -> dict[str, Any]:
    """Return versions, device and threads; if these are equal, runs on the CPU are equal to the last bit.

    ``num_threads`` defaults to torch's current number. ``instructions`` is the instruction set of torch's kernels on
    this processor, such as AVX2, and ``bf16`` whether it computes that itself: with another one, sums are computed in
    another order.
    """
    return {
        "workbench": workbench.__version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "device": device_title(device),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "bf16": computes("bf16"),
        "threads": num_threads or torch.get_num_threads(),
    }
