"""What a person writes on a run: a note and tags, in a file of its folder beside the log and the experiment."""

from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec

from workbench.durable import write_within
from workbench.runs.changes import check_is_run
from workbench.runs.locks import changing_alone
from workbench.spec.problems import SpecError
from workbench.spec.record import Record

NOTES = "notes.json"

LOCK = ".notes.lock"


class Notes(Record):
    """A ``note`` in free text, and ``tags`` in the order in which they were added, each once."""

    note: str = ""
    tags: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        return " ".join(self.note.split())

    def changed(self, *, note: str | None, tags: Iterable[str], without: Collection[str]) -> "Notes":
        """Return it with another note unless that is None, with ``tags`` added and those ``without`` removed."""
        kept = tuple(tag for tag in dict.fromkeys((*self.tags, *map(_storable, tags))) if tag not in without)
        return Notes(note=self.note if note is None else _storable(note.strip()), tags=kept)


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags of a text such as ``baseline, wide net``."""
    return tuple(dict.fromkeys(filter(None, (" ".join(part.split()) for part in text.split(",")))))


def read_notes(folder: Path) -> Notes:
    """Read the note and tags of a run; empty if nothing was written. Raises SpecError if the file is damaged."""
    file = folder / NOTES
    try:
        return msgspec.json.decode(file.read_bytes(), type=Notes)
    except FileNotFoundError:
        return Notes()
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors too, and so are those of UTF-8
        raise SpecError(f"{file}: the note cannot be read: {error}; correct the file or delete it") from None


def annotate(
    folder: Path, *, note: str | None = None, tags: Iterable[str] = (), without: Collection[str] = ()
) -> Notes:
    """Replace the note unless it is None, add ``tags`` and remove those ``without``; return what is on disk then.

    Raises SpecError if the folder is no run's, if its file is damaged, which is kept as it is, if another program
    holds its lock all the time, or if the disk refuses.
    """
    check_is_run(folder)
    with changing_alone(folder / NOTES, LOCK):
        before = read_notes(folder)
        after = before.changed(note=note, tags=tags, without=without)
        if after != before:
            write_within(folder, NOTES, msgspec.json.format(msgspec.json.encode(after), indent=2) + b"\n")
    return after


def _storable(text: str) -> str:
    """Replace what UTF-8 cannot hold: undecodable bytes of a command line."""
    return text.encode(errors="replace").decode()


def are_found(words: str, texts: Iterable[str]) -> bool:
    """Return whether each of the ``words`` is in one of the texts, regardless of case."""
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in words.casefold().split())
