"""NumPy arrays in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from workbench.data.progress import Progress
from workbench.data.source import DataError, DataSource, GroupColumn, Loaded, PictureArray, SourceFacts, Types, shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from workbench.data.arrays import PictureArrays


class ArrayFile(DataSource):
    """Your own pictures, series, or rows of numbers, as NumPy arrays in an .npz file: x_train, y_train, x_test, y_test,
    or train_images and so on.

    Other arrays are targets: integers are classes, floats numbers, rows of 0 and 1 labels, planes of integers masks.
    Nothing in the file is executed.
    """

    shown_as = "Array file"
    id = "arrays"
    is_own = True

    file: Annotated[str, Meta(description="file ending in .npz", extra={"start": "", "path": True})]
    types: Types = ()
    picture: PictureArray = ""
    group: GroupColumn = ""
    test_share: Annotated[
        float, Meta(ge=0, le=0.9, description="fraction held out for testing if the file has no test arrays")
    ] = 0.2

    def facts(self) -> SourceFacts:
        return self._arrays().facts(shown(Path(Path(self.file).name)), self.test_share)

    def load_for(self, used: Collection[str] | None, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        progress("Reading arrays", 0, 1)
        return self._arrays().loaded(self.test_share, used)

    def _arrays(self) -> PictureArrays:
        from workbench.data.arrays import PictureArrays, read_once

        if not self.file:
            raise DataError("no file chosen: choose one ending in .npz")
        path = Path(self.file).expanduser()
        found = read_once([path], lambda: read_arrays(path))
        return PictureArrays(found, shown(Path(self.file)), types=self.types, picture=self.picture, group=self.group)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays in the file by name. Raises DataError if it cannot be read."""
    import zipfile
    import zlib

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        return {name: array for name, array in found.items() if isinstance(array, np.ndarray)}
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read: {error.strerror or error}") from None
    except (ValueError, AttributeError, TypeError):  # numpy would advise allowing pickle, which executes code
        raise DataError(
            f"{shown(path)}: not a file of plain arrays: save it with numpy.savez, without objects; pad series to one length"
        ) from None
    except MemoryError:
        raise DataError(f"{shown(path)}: its arrays are larger than the memory, or the file is damaged") from None
    except (EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{shown(path)}: this array file is damaged: {error}: copy or save it again") from None
