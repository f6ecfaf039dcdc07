"""Time to generate a network's code, with formatting, and to compare networks; torch is already loaded."""

import statistics
import time
from collections.abc import Callable
from functools import partial

import torch

from workbench.compiler.diff import compare
from workbench.compiler.inference import infer
from workbench.export.code.calls import call_of
from workbench.session.exchange.code import python_code
from workbench.spec.files import read_architecture

ROUNDS = 5
NAMES = ("lenet", "resnet50", "densenet201", "swin_t")


def main() -> None:
    """Measure the first time, when no layer is cached, and again, as after an edit."""
    torch.zeros(1)
    for name in NAMES:
        architecture = read_architecture(name)
        first = [seconds(partial(python_code, architecture), forget=True) for _ in range(ROUNDS)]
        again = [seconds(partial(python_code, architecture), forget=False) for _ in range(ROUNDS)]
        lines = len(python_code(architecture).splitlines())
        print(f"  {name}: {lines} lines, {middle(first)} the first time, {middle(again)} again")
    before, after = read_architecture("densenet121"), read_architecture("densenet201")
    took = [seconds(partial(compare, before, after), forget=False) for _ in range(ROUNDS)]
    print(f"  densenet121 and densenet201 compared: {middle(took)}")


def seconds(work: Callable[[], object], *, forget: bool) -> float:
    """Seconds of ``work``, with the caches of layers cleared if ``forget``."""
    if forget:
        infer.cache_clear()
        call_of.cache_clear()
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def middle(values: list[float]) -> str:
    """The median in milliseconds."""
    return f"{1000 * statistics.median(values):.0f} ms"


if __name__ == "__main__":
    main()
