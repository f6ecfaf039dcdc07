"""Child processes: those that end with their parent, however that ends, and those that outlive it.

Usage: ``python -m workbench.session.leash PARENT MODULE ARGUMENTS``. A window that is killed cannot end its children,
so the child watches whether its parent still exists.
"""

import os
import runpy
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

LOOK_S = 0.5

APART: dict[str, Any] = {"start_new_session": True}
"""Arguments of ``Popen`` for a child that neither Ctrl+C nor closing the terminal reaches."""

WITHIN: dict[str, Any] = {}
"""Those for any other child."""

if sys.platform == "win32":  # otherwise each opens a console of its own if the window has none
    WITHIN = {"creationflags": subprocess.CREATE_NO_WINDOW}
    APART = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}


def command(module: str, *arguments: str) -> list[str]:
    """Return the command that starts ``python -m module`` as a child of this process, on a leash."""
    # Without -P, a file called queue.py in the current folder, possibly untrusted, would be imported.
    return [sys.executable, "-P", "-m", "workbench.session.leash", str(os.getpid()), module, *arguments]


def main(parent: int, module: str, arguments: list[str]) -> None:
    """Run the module as if it had been started directly."""
    threading.Thread(target=_end_with, args=(parent,), name="leash", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with(parent: int) -> None:
    if sys.platform == "win32":
        # An environment's Python is started through another process, which is the parent's number there.
        import _winapi

        with suppress(OSError):  # it has ended
            _winapi.WaitForSingleObject(_winapi.OpenProcess(_winapi.SYNCHRONIZE, False, parent), _winapi.INFINITE)
    else:
        while os.getppid() == parent:
            threading.Event().wait(LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
