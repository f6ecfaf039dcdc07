"""Picture files -> examples, decoded once: those of a folder of class folders, or those that a set lists."""

import stat
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from pathlib import Path

import numpy as np

from workbench.data.decoding.decoders import PICTURES, Decoding, pictures_like, spread
from workbench.data.decoding.picture_cache import Decoded, decoded, decoded_now
from workbench.data.decoding.pictures import BrokenPicture, has_colours
from workbench.data.folder_scan import PictureFile, Scan, scan
from workbench.data.progress import Progress, silent
from workbench.data.rows import Rows
from workbench.data.source import BrokenFile, DataError, Examples, Loaded, shown
from workbench.spec.column import CLASS, one_class
from workbench.spec.record import replace


def load_folder(folder: Path, shape: tuple[int, int, int], progress: Progress) -> Loaded:
    """Decode the folder's pictures to ``shape``. Broken ones are listed and excluded, and classes without any left with
    them.

    Raises DataError if fewer than two classes are left.
    """
    progress("Looking for pictures", 0, 1)
    found = scan(folder)
    how = pictures_like(_some(found.files))
    return _loaded(folder, found, *decoded(found.files, shape, progress, how), how)


def load_listed(
    folder: Path,
    class_names: Sequence[str],
    lists: Mapping[str, Sequence[tuple[Path, int]]],
    shape: tuple[int, int, int],
    progress: Progress,
) -> Loaded:
    """Return the pictures below ``folder`` that a set lists, path and class number of each, by split: ``train``,
    ``val``, ``test``.

    They are decoded as in ``load_folder``. Raises DataError if one is not a regular file below the folder.
    """
    files = tuple(_listed(folder, path, label, split) for split, members in lists.items() for path, label in members)
    found = Scan(class_names=tuple(class_names), files=files, has_test="test" in lists)
    return _loaded(folder, found, *decoded(files, shape, progress))


def _listed(folder: Path, path: Path, label: int, split: str) -> PictureFile:
    if ".." in path.relative_to(folder).parts or not stat.S_ISREG(path.lstat().st_mode):
        raise DataError(f"{shown(path)}: not found in {shown(folder)}: delete that folder to download it again")
    return PictureFile(file=str(path), label=label, split=split)


def glance_at_folder(folder: Path, shape: tuple[int, int, int], most: int) -> Loaded:
    """Decode at most ``most`` training pictures now, about equally many of each class. Raises DataError as
    ``load_folder`` does.
    """
    found = scan(folder)
    of_class: Counter[int] = Counter()
    ranked: list[tuple[int, int, PictureFile]] = []
    for place, file in enumerate(found.files):
        if file.split == "train":
            ranked.append((of_class[file.label], place, file))
            of_class[file.label] += 1
    few = tuple(file for *_, file in sorted(ranked, key=itemgetter(0, 1))[:most])
    how = pictures_like(_some(found.files))
    seen = dict(of_class.items() & Counter(file.label for file in few).items())
    return _loaded(folder, replace(found, files=few), *decoded_now(few, shape, silent, how), how, all_of=seen)


def are_in_colour(files: Sequence[PictureFile]) -> bool:
    """Return whether any of a few of these pictures has colours."""
    return any(map(has_colours, _some(files)))


def _some(files: Sequence[PictureFile]) -> Iterator[bytes]:
    """Yield the bytes of a few of the files."""
    for file in spread(files, in_order=False):
        with suppress(BrokenPicture):
            yield file.data()


def _loaded(
    folder: Path,
    found: Scan,
    pictures: Rows,
    result: Decoded,
    how: Decoding = PICTURES,
    all_of: Collection[int] | None = None,
) -> Loaded:
    """Return the examples that could be decoded. ``all_of``: the classes of which the files are all there are; None for
    every class.
    """
    files = [found.files[index] for index in result.kept]
    broken = tuple(BrokenFile(path=shown(found.files[index].path), reason=why) for index, why in result.broken.items())
    kept_labels = sorted({file.label for file in files if file.split == "train"})
    if len(kept_labels) < 2:
        raise DataError(
            f"{shown(folder)}: {len(result.broken)} of {len(found.files)} pictures cannot be read, leaving fewer than two "
            f"classes; the first: {broken[0].path}: {broken[0].reason}"
        )
    renumbered = {label: new for new, label in enumerate(kept_labels)}
    labels = np.array([renumbered.get(file.label, -1) for file in files], np.int64)
    splits = np.array([file.split for file in files])
    everything = Examples(
        inputs=pictures,
        targets={CLASS: labels},
        names=np.array([_name(folder, file) for file in files], object),
        sizes=np.array(result.sizes, np.int64).reshape(-1, 2),
    )
    train, val, test = (everything.where((splits == name) & (labels >= 0)) for name in ("train", "val", "test"))
    return Loaded(
        columns=one_class(found.class_names[label] for label in kept_labels),
        train=train,
        val=val if len(val) else None,
        test=test if len(test) else None,
        broken=found.broken + broken,
        notes=(*found.notes, *_notes(found, kept_labels, all_of), *filter(None, [how.note])),
        tone=how.tone,
        unusable=tuple(_name(folder, found.files[index]) for index in result.broken),
    )


def _name(folder: Path, file: PictureFile) -> str:
    return shown(file.path.relative_to(folder))


def _notes(found: Scan, kept_labels: Collection[int], all_of: Collection[int] | None) -> tuple[str, ...]:
    lost = set(range(len(found.class_names)) if all_of is None else all_of).difference(kept_labels)
    names = [found.class_names[label] for label in sorted(lost)]
    return tuple(f"No picture of the class {name} can be read; the class was excluded." for name in names)
