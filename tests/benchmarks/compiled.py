"""Training speed of presets against torchvision's own modules: steps in turns, in one process.

Also measures the time from a network's drawing to its module.
"""

import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import models

from workbench.compiler.inference import infer
from workbench.compiler.module import build
from workbench.spec.files import read_architecture

NUM_ROUNDS = 60
BATCH_SIZE, SIDE, CLASSES = 32, 32, 10


def main() -> None:
    """Print a line for each network and device, and the build times."""
    torch.set_num_threads(1)
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        for name in ("resnet18", "densenet121"):
            compare(name, device)
    for name in ("resnet18", "densenet201", "resnet152"):
        time_to_module(name)


class Trainer:
    """A module with its optimizer; a step is forward, backward and update."""

    def __init__(self, module: nn.Module, device: str) -> None:
        self.device = device
        self.module = module.to(device).to(memory_format=torch.channels_last).train()
        self.optimizer = torch.optim.SGD(self.module.parameters(), lr=0.01, momentum=0.9, fused=True)

    def step_s(self, x: torch.Tensor, classes: torch.Tensor) -> float:
        """Make a step; return its seconds."""
        self._wait()
        began_s = time.perf_counter()
        self.optimizer.zero_grad()
        answer = self.module(x)
        F.cross_entropy(answer["output"] if isinstance(answer, dict) else answer, classes).backward()
        self.optimizer.step()
        self._wait()
        return time.perf_counter() - began_s

    def _wait(self) -> None:
        if self.device == "cuda":
            torch.cuda.synchronize()


def compare(name: str, device: str) -> None:
    """Alternate steps, so that drift affects both equally; the order changes each round."""
    theirs = models.get_model(name, weights=None, num_classes=CLASSES)
    ours = build(read_architecture(name), classes=CLASSES)
    ours.load_state_dict(theirs.state_dict())
    pair = (Trainer(ours, device), Trainer(theirs, device))
    x = torch.randn(BATCH_SIZE, 3, SIDE, SIDE, device=device).to(memory_format=torch.channels_last)
    classes = torch.randint(CLASSES, (BATCH_SIZE,), device=device)
    times: tuple[list[float], list[float]] = ([], [])
    for round_number in range(NUM_ROUNDS + 3):
        for index in (0, 1) if round_number % 2 else (1, 0):
            elapsed_s = pair[index].step_s(x, classes)
            if round_number >= 3:
                times[index].append(elapsed_s)
    medians = [statistics.median(values) for values in times]
    ratio = statistics.median(b / a for a, b in zip(*times, strict=True))
    print(
        f"  {name}, {BATCH_SIZE}×3×{SIDE}×{SIDE}, {device}: {1000 * medians[0]:.1f} ms a step, torchvision's "
        f"{1000 * medians[1]:.1f} ms; ours trains at {ratio:.3f} times its speed"
    )


def time_to_module(name: str) -> None:
    """Measure building a module with weights from the architecture, with empty caches."""
    architecture = read_architecture(name)
    infer.cache_clear()
    began_s = time.perf_counter()
    build(architecture)
    print(f"  {name}: compiled in {time.perf_counter() - began_s:.2f} s")


if __name__ == "__main__":
    main()
