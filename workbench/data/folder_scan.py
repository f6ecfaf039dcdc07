"""Finds the pictures of a folder whose subfolders are classes, without following anything out of it.

    pets/cat/*.jpg  pets/dog/*.jpg                       classes, split by the seed
    pets/train/cat/*.jpg ... pets/test/dog/*.jpg         classes within splits

Only regular files are used, and links are never followed: a link may form a cycle or lead to somebody's home, and a
FIFO would be read for ever.
"""

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbench.data.decoding.pictures import OTHER_SUFFIXES, SUFFIXES, UNSUPPORTED, read_bytes
from workbench.data.source import SPLIT_NAMES, BrokenFile, DataError, shown
from workbench.data.tables.rows import SUFFIXES as SUFFIXES_OF_TABLES
from workbench.spec.record import Record
from workbench.spec.remedy import ChooseFile, ChooseFolder
from workbench.spec.words import plural

ARRAY_SUFFIX = ".npz"
TABLE_SUFFIXES = (*SUFFIXES_OF_TABLES, ARRAY_SUFFIX)

JUNK = ("__MACOSX",)

NO_FILE = "a pipe or a device, not a file"


class PictureFile(Record):
    """A picture that is a whole file.

    It holds text and numbers alone, which Python's garbage collector need not look at: there may be millions.
    """

    file: str
    label: int = 0
    split: str = "train"

    @property
    def path(self) -> Path:
        return Path(self.file)

    @property
    def place(self) -> str:
        """The picture's position within its file."""
        return ""

    def data(self) -> bytes:
        """Return its bytes. Raises BrokenPicture if they cannot be read."""
        return read_bytes(self.path)


class Scan(Record):
    """``files`` are sorted by split, class and path. Without split folders, all are ``train``."""

    class_names: tuple[str, ...]
    files: tuple[PictureFile, ...]
    has_test: bool
    broken: tuple[BrokenFile, ...] = ()
    notes: tuple[str, ...] = ()


class _Folder:
    """The content of a folder, sorted by name: folders, pictures, and what was excluded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folders: list[Path] = []
        self.pictures: list[os.DirEntry[str]] = []
        self.tables: list[str] = []
        """The names of files that may say what is on the pictures."""
        self.broken: list[BrokenFile] = []
        try:
            with os.scandir(path) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name):
                    if not entry.name.startswith(".") and entry.name not in JUNK:
                        self._sort_in(entry)
        except OSError as error:
            self.broken.append(BrokenFile(path=shown(path), reason=f"it cannot be opened: {error.strerror}"))

    def _sort_in(self, entry: os.DirEntry[str]) -> None:
        path = Path(entry.path)
        if entry.is_symlink():
            self.broken.append(BrokenFile(path=shown(path), reason="a symbolic link, which is not followed"))
        elif entry.is_dir(follow_symlinks=False):
            self.folders.append(path)
        elif path.name.lower().endswith(OTHER_SUFFIXES):
            self.broken.append(BrokenFile(path=shown(path), reason=UNSUPPORTED))
        elif not path.name.lower().endswith(SUFFIXES):
            self.tables += [path.name] * path.name.lower().endswith(TABLE_SUFFIXES)
        elif entry.is_file(follow_symlinks=False):
            self.pictures.append(entry)
        else:
            self.broken.append(BrokenFile(path=shown(path), reason=NO_FILE))


def scan(folder: Path) -> Scan:
    """Find the pictures and classes of ``folder``. Raises DataError if it has no classes."""
    if not folder.is_dir():
        raise DataError(f"{shown(folder)}: folder not found: choose a folder of pictures")
    root = _Folder(folder)
    if root.broken and root.broken[0].path == shown(folder):
        raise DataError(f"{shown(folder)}: {root.broken[0].reason}")
    split_folders = {path: SPLIT_NAMES[path.name.lower()] for path in root.folders if path.name.lower() in SPLIT_NAMES}
    found = _Found(root)
    found.notes += [
        f"The table {name} was ignored: choose that file if it says what is on the pictures." for name in root.tables
    ]
    if "train" in split_folders.values():
        for path, split in split_folders.items():
            below = _Folder(path)
            found.leave_out(below, "it is next to the class folders, not in one of them")
            found.add_classes(below.folders, split)
        found.notes += [
            f"The folder {shown_name(path)} is not train, val or test and was excluded."
            for path in root.folders
            if path not in split_folders
        ]
    else:
        found.add_classes(root.folders, "train")
        _check_level(folder, root, found)
    found.leave_out(root, "it is next to the class folders, not in one of them")
    return found.scan(folder)


class _Found:
    """The pictures found so far, by (split, class name)."""

    def __init__(self, root: _Folder) -> None:
        self.pictures: dict[tuple[str, str], list[os.DirEntry[str]]] = {}
        self.broken: list[BrokenFile] = []
        self.notes: list[str] = []
        self.root = root

    def add_classes(self, folders: list[Path], split: str) -> None:
        """Add each folder as a class, with everything in it at any depth."""
        for folder in folders:
            members = self.pictures.setdefault((split, shown_name(folder)), [])
            for below in _walk(folder):
                members += below.pictures
                self.broken += below.broken

    def leave_out(self, folder: _Folder, reason: str) -> None:
        """Exclude what is next to the class folders and so belongs to no class."""
        self.broken += folder.broken
        self.broken += [BrokenFile(path=shown(Path(entry.path)), reason=reason) for entry in folder.pictures]

    def scan(self, folder: Path) -> Scan:
        """Number the classes, which are those of the training split, and sort the files."""
        names = sorted({name for (split, name), members in self.pictures.items() if split == "train" and members})
        if len(names) < 2:
            _check_for_tables(self.root)
            raise DataError(
                f"{shown(folder)}: "
                + (f"it contains pictures of only one class ({names[0]})" if names else "it contains no pictures")
                + ": choose a folder with one subfolder of pictures per class, at least two"
                + self._broken_words()
            )
        has_splits = len({split for split, _ in self.pictures}) > 1
        for split, name in sorted(self.pictures):
            if not self.pictures[split, name]:
                whose = f" of {split}" if has_splits else ""
                self.notes.append(f"The class folder {name}{whose} contains no pictures and was excluded.")
            elif name not in names:
                self.notes.append(f"The class {name} of {split} has no training pictures and was excluded.")
        files = tuple(self._files(names))
        return Scan(
            class_names=tuple(names),
            files=files,
            has_test=any(file.split == "test" for file in files),
            broken=tuple(self.broken),
            notes=tuple(self.notes),
        )

    def _broken_words(self) -> str:
        if not self.broken:
            return ""
        return f"; {plural(len(self.broken), 'file')} cannot be used, the first: {self.broken[0].path}: {self.broken[0].reason}"

    def _files(self, names: list[str]) -> Iterator[PictureFile]:
        for split in ("train", "val", "test"):
            for label, name in enumerate(names):
                for entry in self.pictures.get((split, name), ()):
                    yield PictureFile(file=entry.path, label=label, split=split)


def pictures_among(paths: Iterable[Path]) -> Iterator[tuple[list[Path], list[BrokenFile]]]:
    """Yield the pictures meant by files and folders, of a folder all at any depth, and what is none, with the reason;
    of one file or one folder without those inside at a time, so that a large tree can be left and returned to.

    Whether a file that was named is a picture shows when it is read.
    """
    for path in paths:
        mode = _mode(path)
        if stat.S_ISDIR(mode):
            is_empty = True
            for below in _walk(path):
                is_empty = is_empty and not below.pictures and not below.broken
                yield [Path(entry.path) for entry in below.pictures], below.broken
            if is_empty:
                yield [], [BrokenFile(path=shown(path), reason="it contains no pictures")]
        elif stat.S_ISREG(mode):
            yield [path], []
        else:
            yield [], [BrokenFile(path=shown(path), reason=NO_FILE)]


def _mode(path: Path) -> int:
    """Return what kind of file it is; a regular one where that is not known, which is said when it is read."""
    try:
        return path.stat().st_mode
    except OSError:
        return stat.S_IFREG


def _walk(folder: Path) -> Iterator[_Folder]:
    """Yield the folder and every folder inside; links are not followed, so it ends."""
    waiting = [folder]
    while waiting:
        current = _Folder(waiting.pop())
        waiting += reversed(current.folders)
        yield current


def _check_level(folder: Path, root: _Folder, found: _Found) -> None:
    """Raise DataError if the folder was chosen one level too high or too low, with the one that was meant."""
    if root.pictures and not any(found.pictures.values()):
        _check_for_tables(root)
        parent = folder.resolve().parent
        raise DataError(
            f"{shown(folder)}: it contains pictures but no class folders, so it looks like a single class: choose its "
            f"parent folder, {shown(parent)}",
            _choosing(parent) if len(_Folder(parent).folders) > 1 else None,
        )
    classes = [_Folder(path) for path in root.folders]
    wrappers = [below for below in classes if _holds_splits(below)]
    full = [below for below in classes if below.folders]
    if not wrappers and not any(below.pictures for below in classes):
        wrappers = full
    if len(wrappers) == 1 and any(found.pictures.values()) and (inner := _inmost(wrappers[0])).folders:
        inside = ", ".join(shown_name(path) for path in inner.folders[:3])
        raise DataError(
            f"{shown(folder)}: the class folders are further down: {shown(inner.path.relative_to(folder))} contains "
            f"{inside}; choose {shown(inner.path)}",
            _choosing(inner.path),
        )
    alike = {tuple(path.name for path in below.folders) for below in wrappers}
    if len(wrappers) > 1 and len(alike) == 1 and len(wrappers[0].folders) > 1:
        names = ", ".join(shown_name(below.path) for below in wrappers)
        inside = ", ".join(shown_name(path) for path in wrappers[0].folders[:3])
        raise DataError(
            f"{shown(folder)}: each of its folders ({names}) contains the same folders ({inside}): choose one of "
            f"them, or rename them train, val and test"
        )


def _check_for_tables(root: _Folder) -> None:
    """Raise DataError if a table in a folder of fewer than two classes, or one level down, may say what is on the
    pictures; of several the one for training.
    """
    for below in [root, *map(_Folder, sorted(root.folders, key=_place_of_split))]:
        if below.tables:
            path = min((below.path / name for name in below.tables), key=_place_of_split)
            name = shown(path.relative_to(root.path))
            source = "ArrayFile" if name.lower().endswith(ARRAY_SUFFIX) else "TableFile"
            raise DataError(
                f"{shown(root.path)}: it has no folders of classes, but the file {name}: choose that if it says what is on "
                f"the pictures",
                ChooseFile(words=f"Use {name}", path="", source=source, file=str(path.resolve())),
            )


def _place_of_split(path: Path) -> int:
    """Return the place at which a folder or table is looked at: of training first, of validation and testing last."""
    return ("train", "", "val", "test").index(SPLIT_NAMES.get(path.stem.lower(), ""))


def _holds_splits(folder: _Folder) -> bool:
    """Return whether it is no class, but contains split folders: train and another."""
    splits = {SPLIT_NAMES.get(path.name.lower()) for path in folder.folders} - {None}
    return "train" in splits and len(splits) > 1


def _inmost(folder: _Folder) -> _Folder:
    """Return the folder, or the first one below it that contains more than a single folder."""
    while len(folder.folders) == 1 and not folder.pictures:
        folder = _Folder(folder.folders[0])
    return folder


def _choosing(folder: Path) -> ChooseFolder:
    return ChooseFolder(words="Use that folder", path="", folder=shown(folder))


def shown_name(path: Path) -> str:
    """Return a folder's name as ``shown``, in Unicode's composed form, since systems differ in how they store é."""
    return unicodedata.normalize("NFC", shown(Path(path.name)))
