"""The process that reads a table for the window. See ``table_reading``.

Usage: ``python -m workbench.session.table_child FILE PICTURE SPLIT GROUP TYPE ...``; the table goes to standard output.
"""

import gc
import os
import sys
from pathlib import Path

from workbench.data.source import DataError
from workbench.data.tables.handing_over import hand_over, refuse
from workbench.data.tables.opening import TableRequest, open_table


def main(file: str, picture: str, split: str, group: str, *types: str) -> None:
    """Hand over the table, or why there is none."""
    gc.disable()  # nothing of a table is in a cycle
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as stream:
        sys.stdout = sys.stderr  # whatever else is printed is no part of the table
        try:
            table = open_table(TableRequest(path=Path(file), types=types, picture=picture, split=split, group=group))
        except DataError as error:
            refuse(error, stream)
        else:
            hand_over(table, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
