"""The memory free on a device, as a child process finds it.

Usage: ``python -m workbench.session.free_memory DEVICE``. Asking a GPU takes half a gigabyte of its memory for as long
as the process that asks lives: a command that only follows its ranks would hold it beside them.
"""

import subprocess
import sys

from workbench.session import leash
from workbench.training.checking.memory_limit import free_memory

PATIENCE_S = 120.0
"""How long the child process may take; it loads torch."""


def found_apart(device: str) -> int | None:
    """Return what ``free_memory`` does; None also if the child process fails, or takes too long.

    One that its driver keeps from being killed is waited for until it lets go.
    """
    command = leash.command("workbench.session.free_memory", device)
    try:
        asked = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            **leash.WITHIN,
        )
    except subprocess.TimeoutExpired:
        return None
    said = asked.stdout.strip()
    return int(said) if said.isdecimal() else None


if __name__ == "__main__":
    sys.stdout.write(str(free_memory(sys.argv[1])))
