"""Imports torch without blocking the window.

``import torch`` opens libraries of a gigabyte, and Python holds its lock meanwhile: the window stands still
for a quarter of a second and more. Opened through a foreign call, which lets go of the lock, they are there
already when the import asks for them; the longest stall is then 60 ms (measured: 250 to 470 before).

The half a million objects that come with torch stay for good. Looking through them again and again for
garbage costs up to 200 ms a time, so nobody looks while they are made, and nobody after.
"""

import atexit
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from pathlib import Path

LIBRARIES = (
    "libtorch_global_deps.so",
    "libc10.so",
    "libtorch_cpu.so",
    "libtorch_cuda.so",
    "libtorch.so",
    "libtorch_python.so",
)
"""In the order in which they need each other; a build without CUDA lacks one, which is then left out."""


def load_torch() -> bool:
    """Import torch and what trains with it, in a thread beside a window that goes on; False where it was there."""
    if "torch" in sys.modules:
        return False
    looking = gc.isenabled()
    gc.disable()
    try:
        if sys.platform.startswith("linux"):
            _open_libraries()
        for module in ("beginning", "loop"):
            importlib.import_module(f"workbench.training.{module}")
    finally:
        keep_what_is_loaded()
        atexit.register(gc.unfreeze)  # the interpreter's own end has to find them
        if looking:
            gc.enable()
    return True


def keep_what_is_loaded() -> None:
    """Nobody looks again for garbage among the objects that are there now."""
    gc.freeze()


def _open_libraries() -> None:
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    process = ctypes.CDLL(None)
    process.dlopen.restype = ctypes.c_void_p
    process.dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    for name in LIBRARIES:
        # As torch does it: the first is open to all that come after, the others to who asks for them.
        scope = os.RTLD_GLOBAL if name == LIBRARIES[0] else os.RTLD_LOCAL
        process.dlopen(str(folder / name).encode(), os.RTLD_LAZY | scope)
