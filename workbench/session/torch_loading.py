"""Imports torch without blocking the window.

``import torch`` opens libraries of a gigabyte while Python holds its lock: the window freezes for a quarter of a second
and more. Opened by a foreign call, which releases the lock, they are already loaded when the import needs them; the
longest freeze is then 60 ms (measured: 250 to 470 before).

The half a million objects that come with torch are never freed. Checking them for garbage costs up to 200 ms each time,
so collection is disabled while they are created, and they are frozen afterwards.
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
"""In the order of their dependencies; a build without CUDA lacks one, whose opening just fails."""


def load_torch() -> bool:
    """Import torch and the training modules, in a thread beside a responsive window; False if torch was already
    imported.
    """
    if "torch" in sys.modules:
        return False
    looking = gc.isenabled()
    gc.disable()
    try:
        _open_libraries()
        for module in ("beginning", "loop"):
            importlib.import_module(f"workbench.training.{module}")
    finally:
        keep_what_is_loaded()
        atexit.register(gc.unfreeze)  # the interpreter's shutdown needs them
        if looking:
            gc.enable()
    return True


def keep_what_is_loaded() -> None:
    """Exclude all current objects from garbage collection."""
    gc.freeze()


def _open_libraries() -> None:
    if sys.platform != "linux":
        return
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return
    folder = Path(spec.submodule_search_locations[0]) / "lib"
    process = ctypes.CDLL(None)
    process.dlopen.restype = ctypes.c_void_p
    process.dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    for name in LIBRARIES:
        # As torch does it: the first with global scope, the others with local scope.
        scope = os.RTLD_GLOBAL if name == LIBRARIES[0] else os.RTLD_LOCAL
        process.dlopen(str(folder / name).encode(), os.RTLD_LAZY | scope)
