"""Memory and time limits for reading an untrusted file. Exceeding them ends only this process."""

import os
import sys
from pathlib import Path

TOO_LARGE = "reading it needs more memory than a file of its size should"
TOO_LONG = "reading it takes longer than a file of its size should"

SPARE_BYTES = 3 << 30
"""For torch itself and the pictures on which the network is tested."""

TIMES_ITS_SIZE = 12
"""The weights in the file, in the graph and in the verification; and some room."""

SPARE_S = 60
S_PER_MB = 5


def set_for(source: str) -> None:
    """Limit this process to what a file of this size may need; a library's network or a trusted file is not limited."""
    path = Path(source)
    if path.suffix == ".py" or not path.is_file():
        return
    if sys.platform == "win32":  # it has no such limits: there the window's Cancel is the limit
        return
    import resource

    # The size on disk, since a sparse file claims to be larger; with the files beside it, which may hold its weights.
    beside = {file for file in path.parent.iterdir() if file.name.startswith(path.stem) and file.is_file()}
    size_bytes = sum(file.stat().st_blocks * 512 for file in {path, *beside})
    physical_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    memory_bytes = min(SPARE_BYTES + TIMES_ITS_SIZE * size_bytes, physical_bytes)
    time_s = SPARE_S + S_PER_MB * size_bytes // 10**6
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (time_s, time_s + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
