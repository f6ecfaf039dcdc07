"""Data: the catalogue of sources, preparation for a network, augmentation, batches.

    source        base of sources; the catalogue's classes are in sources/, one file each
    preparation   source -> Dataset: the network's size, splits, mean and std, fingerprint
    leave_out     pictures that a recipe excludes, by name
    picture_cache picture files -> pixels, decoded once and cached by the files' content
    unused        entries of a cache that have not been used for long
    inventory     everything in a recipe's data, for inspection
    augmentation  base of augmentations; the classes are in augmentations/
    corruption    base of changes to the input that the network is to undo; the classes are in corruptions/
    mixing        base of mixings, which blend pictures of a batch; the classes are in mixings/
    rows          rows of an array in a file, selected without a copy
    placing       where a split is during training: on the device or in its file
    batches       Dataset -> shuffled, augmented, normalised batches on the device

Importing this package imports no torch: ``SOURCES``, ``AUGMENTATIONS``, ``CORRUPTIONS``, ``MIXINGS``, ``facts`` and
``source_from_text`` are used by forms before torch is loaded.
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
    """Return what is known of a source without loading it. Raises SpecError on invalid parameters or a missing folder.

    Cheap, yet it may read folders on a disk: not for the window's thread.
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
