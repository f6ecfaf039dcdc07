"""The child process of an import: ``python -m workbench.compiler.importing SOURCE FILE [C,H,W]``.

It ends with one line of JSON on stdout, or with one sentence on stderr and status 2.
"""

import json
import sys
from pathlib import Path

from workbench.compiler.importing import limits
from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.spec.problems import SpecError, one_line


def main(arguments: list[str]) -> int:
    """Import, write the two files, and report what was found."""
    source, file, shape = (*arguments, "")[:3]
    limits.set_for(source)
    from workbench.compiler.importing import writing
    from workbench.compiler.importing.operations import Unreadable

    try:
        report = writing.import_to(source, Path(file), tuple(map(int, shape.split(","))) if shape else None)
    except (Unreadable, SpecError) as error:
        return _refuse(f"{source}: {error}")
    except RecursionError:
        return _refuse(f"{source}: it is nested too deeply")
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return _refuse(f"{source}: {limits.TOO_LARGE}")
    print(json.dumps(report))  # noqa: T201  # read by the parent process
    return 0


def _refuse(sentence: str) -> int:
    print(one_line(sentence), file=sys.stderr)  # noqa: T201  # as above
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
