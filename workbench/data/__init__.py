"""Data: the catalogue of sources, preparation for a network, augmentation, batches.

    source        what a source is; the catalogue's classes lie in sources/, one file each
    preparation   source -> Dataset: the network's size, splits, mean and std, fingerprint
    leave_out     pictures that a recipe leaves out, by name
    latest_arrays arrays that were read last, for whoever asks next
    picture_cache files of pictures -> pixels, decoded once and kept, by what the files hold
    unused        what a cache keeps and nobody has wanted for long
    inventory     all that a recipe's data has, to be looked through
    augmentation  what an augmentation is; the classes lie in augmentations/
    corruption    what is done to an input that the network is to restore; the classes lie in corruptions/
    mixing        how pictures of a batch become partly each other; the classes lie in mixings/
    rows          rows of an array in a file: chosen without a copy
    placing       where a split lies while it is trained with: on the device or in its file
    batches       Dataset -> shuffled, augmented, normalised batches on the device

Importing this package imports no torch: ``SOURCES``, ``AUGMENTATIONS``, ``CORRUPTIONS``, ``MIXINGS``, ``facts`` and
``source_from_text`` serve forms that stand before torch is loaded.
"""

from pathlib import Path

from workbench.data.augmentation import Augmentation
from workbench.data.corruption import Corruption
from workbench.data.mixing import Mixing
from workbench.data.source import DataError, DataSource, SourceFacts
from workbench.spec.catalogue import Catalogue
from workbench.spec.component import Component
from workbench.spec.problems import near_names

SOURCES: Catalogue[DataSource] = Catalogue("data source", "workbench.data.sources", DataSource)
AUGMENTATIONS: Catalogue[Augmentation] = Catalogue("augmentation", "workbench.data.augmentations", Augmentation)
CORRUPTIONS: Catalogue[Corruption] = Catalogue("corruption", "workbench.data.corruptions", Corruption)
MIXINGS: Catalogue[Mixing] = Catalogue("mixing", "workbench.data.mixings", Mixing)

__all__ = ["AUGMENTATIONS", "CORRUPTIONS", "MIXINGS", "SOURCES", "facts", "source_from_text"]


def facts(component: Component) -> SourceFacts:
    """What is known of a source without loading it. SpecError on unknown parameters or a folder that is not there.

    Cheap, yet it may read folders on a disk: not for the thread of the window.
    """
    return SOURCES.make(component.type, component.parameters).facts()


def source_from_text(text: str) -> Component:
    """The source that a person means: an id (``cifar10``), a class name (``CIFAR10``), or a folder or file of their
    own.

    A folder is one of IDX files where it holds any, else of pictures; a file is a table or arrays, as it ends.
    DataError with near names where it is none of these.
    """
    by_name = {name.lower(): name for name in SOURCES.table} | {cls.id: name for name, cls in SOURCES.table.items()}
    name = by_name.get(text.strip().lower())
    if name is not None and not SOURCES[name].is_own:
        return Component(type=name)
    path = Path(text).expanduser()
    if text and path.is_dir():
        kind = "IdxFolder" if any(path.glob("*-idx*")) else "ImageFolder"
        return Component(type=kind, parameters={"folder": str(path.resolve())})
    if text and path.is_file():
        return Component(
            type="ArrayFile" if path.suffix == ".npz" else "TableFile", parameters={"file": str(path.resolve())}
        )
    if len(path.parts) > 1 or path.suffix:
        raise DataError(f"there is no file or folder called {text}")
    ids = sorted(cls.id for cls in SOURCES.table.values() if not cls.is_own)
    near = near_names(text.strip().lower(), ids)
    raise DataError(f"there is no data set or folder called {text or 'nothing'}; there is {near}")
