"""Settings of the Python interpreter for the window. Imports nothing of this package, being called before the rest."""

import builtins
import gc
import sys


def prepare_interpreter() -> None:
    """Set the interpreter up for a window, before anything imports Qt."""
    # A training thread running Python then yields the interpreter fifty times sooner, so no repaint waits 30 ms for it.
    sys.setswitchinterval(0.0001)
    # Objects created before the first paint are not garbage; collecting costs 14 ms. The window collects later.
    gc.disable()
    # PySide6 replaces Python's import by one that searches the source of every module imported later for the word
    # PySide6, in order to support ``from __feature__ import``, which is not used here. That costs 15 ms before the
    # first paint, and for torch a tenth of its import time and 100 MB of lines cached by linecache.
    plain_import = builtins.__import__
    import PySide6.QtCore  # noqa: F401

    builtins.__import__ = plain_import
