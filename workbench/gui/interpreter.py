"""Python as a window needs it. Imports nothing itself, since it is to be called before all else of this package."""

import builtins
import gc
import sys


def prepare_interpreter() -> None:
    """Set the interpreter up for a window, before whatever imports Qt."""
    # A training thread full of Python gives the interpreter back fifty times sooner: no repaint waits 30 ms for it.
    sys.setswitchinterval(0.0001)
    # Nothing that is made before the first paint is garbage; looking for it would cost 14 ms. Later the window looks itself.
    gc.disable()
    # PySide6 puts an import of its own in place of Python's, which reads the source of every module that comes after it,
    # in search of the word PySide6, for the sake of ``from __feature__ import``, unknown here. That is 15 ms before the
    # first paint, and with torch a tenth of its import and 100 MB of lines that linecache keeps.
    plain_import = builtins.__import__
    import PySide6.QtCore  # noqa: F401

    builtins.__import__ = plain_import
