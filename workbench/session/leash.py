"""A child process that ends with its parent, however that ends.

Usage: ``python -m workbench.session.leash PARENT MODULE ARGUMENTS``. A window that is killed cannot end its children,
so the child regularly checks whether its parent still exists.
"""

import os
import runpy
import sys
import threading

LOOK_S = 0.5


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
    while os.getppid() == parent:
        threading.Event().wait(LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
