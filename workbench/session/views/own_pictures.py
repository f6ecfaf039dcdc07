"""Pictures of the user's own, any number of them, that one network is asked about as it learns."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from workbench.data.progress import Cancelled
from workbench.session.slot import LatestSlot
from workbench.session.views.album import NEVER, Part, Predicted, Query
from workbench.session.views.neighbours import gallery_of
from workbench.session.views.own_search import OwnSearch
from workbench.session.views.predictions import as_seen, drawn_by, heads_asked, values_of, why_not
from workbench.session.views.reading import FINDING, Reading
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from workbench.data.progress import Progress
    from workbench.session.views.network import Network

PICTURES_AT_ONCE = 64
"""The most pictures that a network is asked about before it can be interrupted."""

TELL_EVERY_S = 0.3
"""How often it is told how far the answers are."""

FIRST, AGAIN = "Looking at pictures", "Updating the answers"


class OwnPictures:
    """Files and folders whose pictures are read once, and that a network is asked about again and again.

    One thread calls ``answer``. Any thread may add pictures, say what it wants to know, and take the newest answers.
    """

    def __init__(self, paths: Sequence[Path] = (), removed: Iterable[str] = ()) -> None:
        """``removed`` are files among them that are not wanted."""
        self.latest: LatestSlot[Predicted] = LatestSlot()
        """The answers so far."""
        self.progress: tuple[str, int, int] = ("", 0, 1)
        """The current work, how much of it is done, and of how much; the work is empty if there is none."""
        self.visible: Sequence[int] = ()
        """The pictures that are answered first."""
        self.query: Query | None = None
        """The picture to which similar ones are wanted."""
        self.removed = set(removed)
        self.gone: frozenset[int] = frozenset()
        """The pictures that are not wanted. Like ``removed``, only whoever removes and adds writes it."""
        self._unwanted: set[int] = set()
        """Those of removed files, and those that were added again later."""
        self._reading = Reading()
        self._parts: list[Part] = []
        self._newest: dict[str, tuple[int, int]] = {}
        """The lot and the number of the picture that counts of those that are the same file."""
        self._search: OwnSearch | None = None
        self._is_searching = False
        self._told = Predicted(step=NEVER)
        self._told_s = 0.0
        self._stop = Event()
        self.add(paths)

    def add(self, paths: Sequence[Path]) -> None:
        """Add files and folders; those that are there already are read again."""
        added = set(paths)
        self.removed = {file for file in self.removed if added.isdisjoint((Path(file), *Path(file).parents))}
        if paths:
            self._reading.add(paths)

    def remove(self, number: int, file: str) -> None:
        """Want a picture no more until its file is added again."""
        self.gone = self.gone | {number}
        self.removed = {*self.removed, file}

    @property
    def num_lots(self) -> int:
        """How many times files were added."""
        return self._reading.num_lots

    def cancel(self) -> None:
        """Have no more read of what was added, and end what is being computed."""
        self._stop.set()
        self._reading.cancel()

    def answer(self, asked: Network, progress: Progress) -> Predicted:
        """Have a network answer all that is wanted, what is visible first, and return the answers; they are in
        ``latest``, too, already before they are complete.

        ``progress`` may interrupt this by raising Cancelled; the next call continues, with another network if need be.
        """
        self._stop = stop = Event()
        if problem := why_not(asked.plan, asked.dataset):
            return self._tell(Predicted(step=asked.step, problem=problem))
        self._told = replace(
            self._told,
            step=asked.step,
            heads=heads_asked(asked.plan),
            see=partial(as_seen, asked.plan, asked.dataset),
            draw=partial(drawn_by, asked.module, asked.plan, asked.dataset),
            training=gallery_of(asked.dataset, "train"),
            is_whole=False,
            problem="",
        )

        def tell(what: str, done: int, total: int) -> None:
            if stop.is_set():
                raise Cancelled
            self.progress = (what, done, total)
            progress(what, done, total)

        try:
            while self._goes_on(asked, tell):
                if time.monotonic() - self._told_s >= TELL_EVERY_S:
                    self._tell(self._told)
            self._told = replace(self._told, is_whole=True)
        except Cancelled:
            pass
        except SpecError as error:
            self._told = replace(self._told, problem=str(error))
        finally:
            self._keep_parts()
            self.progress = ("", 0, 1)
        return self._tell(self._told)

    def fail(self, problem: str) -> None:
        """Tell why there is no answer, or not more."""
        self._tell(replace(self._told, problem=problem))

    def _goes_on(self, asked: Network, tell: Progress) -> bool:
        """Do what is the most urgent; False if there is nothing more to do."""
        steps, is_readable = self._told.steps, self._told.is_readable
        is_old = is_readable & (steps != asked.step)
        visible = np.array([number for number in self.visible if number < len(steps) and is_old[number]], np.int64)
        never = np.flatnonzero(is_readable & (steps == NEVER))
        if len(visible):
            self._ask(asked, visible[: _at_once(asked)])
        elif len(never):
            tell(FIRST, len(steps) - len(never), self._reading.num_found)
            self._ask(asked, never[: _at_once(asked)])
        elif self._reading.waits:
            tell(FIRST, len(steps), max(self._reading.num_found, 1))
            self._read(asked, tell)
        elif self._wants_similar(asked.step) and (self._told.similar is None or self._told.similar.query != self.query):
            self._find_similar(asked, tell)
        else:
            return self._renew(asked, tell)
        return True

    def _renew(self, asked: Network, tell: Progress) -> bool:
        """Renew what is of the oldest network: the answers, the similar pictures. Each has its turn,
        even if there is a newer network before one is complete. False if all are of this one.
        """
        told = self._told
        is_old = told.is_readable & (told.steps != asked.step)
        renewals: list[tuple[int, Callable[[Network, Progress], None]]] = []
        if is_old.any():
            renewals.append((int(told.steps[is_old].min()), self._ask_again))
        if self._wants_similar(asked.step) and told.similar is not None:
            renewals.append((told.similar.step, self._find_similar))
        if renewals:
            _, renew = min(renewals, key=itemgetter(0))
            renew(asked, tell)
        return bool(renewals)

    def _tell(self, answers: Predicted) -> Predicted:
        self._told_s = time.monotonic()
        self.latest.put(answers)
        return answers

    # Pictures

    def _read(self, asked: Network, tell: Progress) -> None:
        start = len(self._told)

        def told(what: str, done: int, _: int) -> None:
            finding, reading = (what, done, 1), (FIRST, start, max(self._reading.num_found, 1))
            tell(*(finding if what == FINDING else reading))

        part = self._reading.next_part(asked.dataset, self._told.heads, told)
        if part is not None:
            self._parts.append(part)
            self._gone_with(part, start)
        self._keep_parts()

    def _gone_with(self, part: Part, start: int) -> None:
        """Want of a file that was added several times only the picture added last, and of a removed one none."""
        gone = {start + place for place, file in enumerate(part.files) if file in self.removed}
        for number, path in enumerate(part.real_paths, start):
            earlier, later = sorted([self._newest.get(path, (NEVER, NEVER)), (part.lot, number)])
            self._newest[path] = later
            gone.add(earlier[1])
        self._unwanted |= gone - {NEVER}

    def _ask(self, asked: Network, numbers: NDArray[np.int64]) -> None:
        """Ask about some pictures that can be read, wherever they are."""
        by_part: dict[int, NDArray[np.int64]] = {}
        of_part = np.searchsorted(self._told.starts, numbers, side="right") - 1
        for part in np.unique(of_part).tolist():
            by_part[part] = numbers[of_part == part] - self._told.starts[part]
        pictures = [self._parts[part].pictures[self._parts[part].rows[places]] for part, places in by_part.items()]
        seen = as_seen(asked.plan, asked.dataset, np.concatenate(pictures))
        values = values_of(asked.module, asked.plan, asked.dataset, seen)
        done = 0
        for part, places in by_part.items():
            some = slice(done, done + len(places))
            self._parts[part] = self._parts[part].with_answers(places, asked.step, [each[some] for each in values])
            done += len(places)
        self._keep_parts()

    def _ask_again(self, asked: Network, tell: Progress) -> None:
        """Ask again about some of the pictures that were answered the longest ago."""
        steps = self._told.steps
        is_old = self._told.is_readable & (steps != asked.step)
        num_old = int(np.count_nonzero(is_old))
        tell(AGAIN, len(steps) - num_old, len(steps))
        oldest = np.argsort(np.where(is_old, steps, asked.step), kind="stable")
        self._ask(asked, oldest[: min(_at_once(asked), num_old)])

    def _keep_parts(self) -> None:
        reading, num_lots = self._reading, self._reading.num_lots
        self._told = replace(
            self._told,
            parts=tuple(self._parts),
            gone=self.gone | self._unwanted,
            num_files=reading.num_found,
            num_cancelled=reading.num_cancelled,
            num_lots=self._told.num_lots if reading.waits else num_lots,
        )

    # Similar pictures

    def _wants_similar(self, step: int) -> bool:
        wanted, similar = self.query, self._told.similar
        if wanted is None or wanted.number >= len(self._told) or not self._told.is_readable[wanted.number]:
            return False
        return similar is None or similar.query != wanted or similar.step != step

    def _find_similar(self, asked: Network, tell: Progress) -> None:
        """Search with the network that described some of the pictures already until all are: as it learns, there may be
        newer ones faster than that.
        """
        if self._search is None:
            self._search = OwnSearch(asked.plan, asked.dataset)
        if not self._is_searching:
            self._search.use(asked.module, asked.step)
        self._is_searching = True
        query = self.query
        assert query is not None
        similar = self._search.similar(query, self._parts, self._told.starts, self.gone | self._unwanted, tell)
        self._is_searching = False
        self._told = replace(self._told, similar=similar)
        self._tell(self._told)


def _at_once(asked: Network) -> int:
    """Return how many pictures a network is asked about at once: never more than an evaluation has memory for."""
    from workbench.training.plan import evaluation_batch

    plan = asked.plan
    return min(PICTURES_AT_ONCE, evaluation_batch(plan.experiment.training.batch_size, plan.heads))


def similar_by(network: Network, file: Path, paths: Sequence[Path], count: int, progress: Progress) -> Predicted:
    """Return a network's answers, and which ``count`` of these pictures are similar to that in ``file``; if there are
    no others, which training pictures are.

    Raises SpecError as ``answers_of`` does, and if the file cannot be used.
    """
    pictures = OwnPictures(paths)
    pictures.add([file])
    pictures.query = Query(number=0, in_training=not paths, count=count)  # what is added last is read first
    answers = answers_of(network, pictures, progress)
    if problem := answers.problem_of(0):
        raise SpecError(f"{answers.file(0)}: {problem}")
    assert answers.similar is not None
    if answers.similar.problem:
        raise SpecError(answers.similar.problem)
    return answers


def answers_of(network: Network, pictures: OwnPictures, progress: Progress) -> Predicted:
    """Return a network's answers. Raises SpecError if it cannot be asked, or the pictures cannot be kept."""
    answers = pictures.answer(network, progress)
    if answers.problem:
        raise SpecError(answers.problem)
    return answers
