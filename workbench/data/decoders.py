"""Many picture files decoded side by side, in order.

Threads and not processes: Pillow lets go of the interpreter while it decodes and resizes, and pixels then need not be
carried from one process to another. The threads end before the last picture is out of hand.
"""

import os
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from workbench.data.pictures import BrokenPicture, Picture, quietly, read

MOST_THREADS = 8
"""More wait for the disk, and each may hold a picture of 80 megapixels."""

AHEAD = 4
"""Pictures for each thread that are decoded before they are taken."""


def decode_all(paths: Sequence[Path], shape: tuple[int, int, int]) -> Generator[Picture | BrokenPicture, None, None]:
    """What each file gives at ``shape`` (C, H, W), in order. One that is closed early decodes no further."""
    num_threads = min(max(2, (os.cpu_count() or 1) - 1), MOST_THREADS)
    waiting: deque[Future[Picture | BrokenPicture]] = deque()
    pool = ThreadPoolExecutor(num_threads, thread_name_prefix="decode")
    try:
        with quietly():
            for path in paths:
                waiting.append(pool.submit(_outcome, path, shape))
                if len(waiting) > AHEAD * num_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _outcome(path: Path, shape: tuple[int, int, int]) -> Picture | BrokenPicture:
    try:
        return read(path, shape)
    except BrokenPicture as broken:
        return broken
