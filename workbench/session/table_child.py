"""The process that reads tables for the window. See ``table_reading``.

Usage: ``python -m workbench.session.table_child``; questions come from standard input, answers go to standard output.
"""

import gc
import os
import sys
import threading
from typing import BinaryIO

import msgspec

from workbench.data.source import DataError, Loaded, SourceFacts
from workbench.data.sources.table_file import Question, answer
from workbench.data.tables.handing_over import Progressed, hand_over
from workbench.spec.problems import SpecError

TICK_S = 0.05
"""How often it tells how far it is: so soon its parent notices that nobody waits for the answer any more."""

YOUNG = 100_000
"""The number of new objects at which garbage is looked for: nothing of a table is in a cycle."""


class Telling:
    """Tells how far the work on an answer is, until it has ended."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._last = Progressed(what="Reading the table", done=0, total=1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="telling", daemon=True)

    def __enter__(self) -> "Telling":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def progress(self, what: str, done: int, total: int) -> None:
        """Keep it to be told."""
        self._last = Progressed(what=what, done=done, total=total)

    def _tell(self) -> None:
        while not self._ended.wait(TICK_S):
            hand_over(self._last, self._stream)
            self._stream.flush()


def main() -> None:
    """Answer one question after the other, each a line of JSON."""
    gc.set_threshold(YOUNG)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as stream:
        sys.stdout = sys.stderr  # whatever else is printed is no answer
        for line in sys.stdin.buffer:
            hand_over(_answer(msgspec.json.decode(line, type=Question), stream), stream)
            stream.flush()


def _answer(question: Question, stream: BinaryIO) -> SourceFacts | Loaded | DataError:
    with Telling(stream) as telling:
        try:
            return answer(question, telling.progress)
        except DataError as error:
            return error
        except SpecError as error:  # a disk that refuses
            return DataError(str(error))


if __name__ == "__main__":
    main()
