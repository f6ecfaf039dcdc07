"""Reads long tables in a child process: reading is Python's work, which would keep the window waiting.

The child is given the request, and hands the table over through a pipe (``table_child``). It ends with this process.
"""

import subprocess
import tempfile
from typing import BinaryIO, cast

from workbench.data.source import DataError, shown
from workbench.data.tables import opening
from workbench.data.tables.handing_over import take_over
from workbench.data.tables.opening import TableRequest, open_table
from workbench.data.tables.shards import shards_of
from workbench.data.tables.table import Table
from workbench.session import leash

LEAST_BYTES = 2**20
"""A table in smaller files is read before a process has started."""

BUFFER_BYTES = 2**18


def read_tables_apart() -> None:
    """Have all tables read so from now on."""
    opening.opener = open_apart


def open_apart(wanted: TableRequest) -> Table:
    """Return the table. Raises DataError if it cannot be read, WrongColumn if what is told does not fit it."""
    try:
        num_bytes = sum(shard.path.stat().st_size for shard in shards_of(wanted.path))
    except OSError:  # which reading will explain
        num_bytes = 0
    return open_table(wanted) if num_bytes < LEAST_BYTES else _from_child(wanted)


def _from_child(wanted: TableRequest) -> Table:
    words = (str(wanted.path), wanted.picture, wanted.split, wanted.group, *wanted.types)
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            leash.command("workbench.session.table_child", *words),
            bufsize=BUFFER_BYTES,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            **leash.WITHIN,
        ) as child,
    ):
        try:
            return take_over(cast(BinaryIO, child.stdout), wanted)
        except EOFError:
            code = child.wait()
            errors.seek(0)
            trace = errors.read().decode("utf-8", "replace").strip()
    if "Traceback" in trace and not trace.endswith("MemoryError"):
        raise RuntimeError(trace)
    raise DataError(
        f"{shown(wanted.path)}: the process that read it ended early (code {code}): it may need more memory than is free; "
        "close other programs, or choose a smaller table"
    )
