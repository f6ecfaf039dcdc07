"""The interpreter before and after the first import of Qt, in separate processes."""

import subprocess
import sys

import pytest

pytest.importorskip("PySide6")

SOURCES_READ = """
import linecache, sys
if "prepared" in sys.argv:
    from workbench.gui.runtime.interpreter import prepare_interpreter
    prepare_interpreter()
from PySide6.QtWidgets import QWidget
import sched
print(sched.__file__ in linecache.cache)
"""


@pytest.mark.parametrize(("how", "read"), [("prepared", False), ("plain", True)])
def test_the_source_of_what_is_imported_after_qt_is_not_read(how: str, read: bool) -> None:
    """If "plain" ever fails, PySide6 no longer reads sources, and the workaround can be removed."""
    child = subprocess.run([sys.executable, "-c", SOURCES_READ, how], capture_output=True, text=True, check=True)
    assert child.stdout.split() == [str(read)]
