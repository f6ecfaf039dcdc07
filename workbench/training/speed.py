"""How the steps are computed, as a ``Speed`` says: precision, memory layout, compiled or not.

With 16 bits (``torch.autocast``; Micikevicius et al., Mixed Precision Training, ICLR 2018,
https://arxiv.org/abs/1710.03740), weights, losses and the optimizer's state stay float32.
"""

import gc
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler

from workbench.spec.experiment import SIXTEEN_BITS, Speed
from workbench.spec.problems import SpecError, first_line
from workbench.spec.record import replace
from workbench.training.device import computes, usual_threads

Ask: TypeAlias = "Callable[[Tensor], dict[str, Tensor]]"
"""Inputs -> the network's answers, by output."""

MOST_PROGRAMS = 10_000
"""How many programs torch may compile of a network: each change of a Dropout needs others. After eight, its default, it
would compute uncompiled from then on, slower, and not as the run does when it is resumed.
"""

AMPERE = (8, 0)
"""The compute capability of NVIDIA's Ampere GPUs (2020), the first to support tf32 and bf16."""


def settled(wish: Speed, device: torch.device) -> Speed:
    """Return ``wish`` with the automatic settings resolved without a trial, always the same on a device.

    Raises SpecError if the device does not support a chosen setting.
    """
    is_cuda = device.type == "cuda"
    is_old = is_cuda and torch.cuda.get_device_capability(device) < AMPERE
    if wish.precision == "tf32" and (not is_cuda or is_old):
        raise SpecError("training.speed.precision: tf32 needs an NVIDIA Ampere GPU or later: choose float32")
    if wish.precision == "bf16" and is_old:
        raise SpecError("training.speed.precision: this GPU does not support bf16: choose fp16 or float32")
    if wish.compile == "cuda_graphs" and not is_cuda:
        raise SpecError("training.speed.compile: CUDA graphs need an NVIDIA GPU: choose on, or off")
    if device.type == "cpu" and wish.threads is None:
        wish = replace(wish, threads=usual_threads())
    if is_cuda and wish.convolutions == "automatic":
        wish = replace(wish, convolutions="heuristic")
    return usual(wish, "tf32" if is_cuda and not is_old else "float32")


def usual(wish: Speed, precision: str) -> Speed:
    """Return ``wish`` with its automatic settings replaced by the usual ones."""
    values = {"precision": precision, "memory_layout": "channels_last", "compile": "off"}
    return replace(wish, **{name: value for name, value in values.items() if getattr(wish, name) == "automatic"})


def has_bf16(device: torch.device) -> bool:
    """Return whether the device computes bf16 itself, instead of imitating it."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= AMPERE
    return device.type == "cpu" and computes("bf16")


def lay_out(module: nn.Module, speed: Speed) -> None:
    """Put convolution weights into the memory layout of ``speed``; activations follow by themselves."""
    layouts = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
    module.to(memory_format=layouts[speed.memory_layout])


def make_scaler(speed: Speed, device: torch.device) -> GradScaler | None:
    """Return the loss scaler that keeps fp16 gradients from underflowing; None in other precisions."""
    return GradScaler(device.type) if speed.precision == "fp16" else None


def set_arithmetic(speed: Speed, device: torch.device) -> None:
    """Set for the process the precision of float32 products on a GPU, exact or tf32, how cuDNN chooses algorithms, and
    torch's number of threads.

    The number of threads applies to the calling thread and those started later.
    """
    if speed.threads is not None:
        torch.set_num_threads(speed.threads)
    if device.type == "cuda":
        # By torch's older names for it: in some of its versions its compiler reads these, and raises where the newer
        # ones were set (https://github.com/pytorch/pytorch/issues/166387).
        is_coarse = speed.precision != "float32"
        torch.backends.cuda.matmul.allow_tf32 = is_coarse
        torch.backends.cudnn.allow_tf32 = is_coarse
        torch.backends.cudnn.benchmark = speed.convolutions == "benchmarked"


def asking(module: nn.Module, speed: Speed) -> Ask:
    """Return the function that a training step calls for the answers: plain ``forward`` if nothing else is needed."""
    return in_precision(module.forward if speed.compile == "off" else _compiled(module, speed.compile), speed)


def in_precision(ask: Ask, speed: Speed) -> Ask:
    """Return ``ask`` computed in 16 bits if ``speed`` says so; the answers are float32 in any case."""
    if speed.precision not in SIXTEEN_BITS:
        return ask
    dtype = getattr(torch, SIXTEEN_BITS[speed.precision])

    def asked(inputs: Tensor) -> dict[str, Tensor]:
        with torch.autocast(inputs.device.type, dtype):
            answers = ask(inputs)
        return {name: answer.float() for name, answer in answers.items()}

    return asked


def _keep_graphs_in_this_thread() -> None:
    """Let this thread record CUDA graphs: some versions of torch prepare that only for the thread that first imported
    ``cudagraph_trees``, but every run has its own (https://github.com/pytorch/pytorch/issues/123177).
    """
    from torch._inductor import cudagraph_trees

    kept: dict[str, object] = {"tree_manager_containers": {}, "tree_manager_locks": defaultdict(threading.Lock)}
    for name, value in kept.items():
        if not hasattr(cudagraph_trees.local, name):
            setattr(cudagraph_trees.local, name, value)
            torch._C._stash_obj_in_tls(name, value)


def forget_graphs() -> None:
    """Free the memory of this thread's CUDA graphs, which are compiled again when they are next needed."""
    torch._dynamo.reset()
    gc.collect()


def _compiled(module: nn.Module, how: str) -> Ask:
    """Compile one program for each batch shape and each change of a layer, so that a resumed run uses the very same
    programs.
    """
    from torch._dynamo.exc import TorchDynamoException

    uses_graphs = how == "cuda_graphs"
    if uses_graphs:
        _keep_graphs_in_this_thread()
    for limit in ("recompile_limit", "accumulated_recompile_limit"):
        setattr(torch._dynamo.config, limit, MOST_PROGRAMS)
    compiled = torch.compile(module, dynamic=False, mode="reduce-overhead" if uses_graphs else None)

    def asked(inputs: Tensor) -> dict[str, Tensor]:
        if uses_graphs:
            _keep_gradients(module)
        try:
            answers: dict[str, Tensor] = compiled(inputs)
        except TorchDynamoException as error:
            is_bare = "InvalidCxxCompiler" in str(error)
            why = "for a CPU it needs a C++ compiler, and finds none" if is_bare else first_line(error)
            mend = "install one, such as g++, or turn compile off" if is_bare else "turn compile off"
            raise SpecError(f"torch cannot compile this network here ({why}): {mend}") from error
        # A graph's next replay overwrites its previous answers.
        return {name: answer.clone() for name, answer in answers.items()} if uses_graphs else answers

    return asked


def _keep_gradients(module: nn.Module) -> None:
    """Move accumulated gradients to memory of their own: a graph's next replay overwrites those it has returned."""
    for parameter in module.parameters():
        if parameter.grad is not None:
            parameter.grad = parameter.grad.clone()
