"""Data: the catalogue of sources, preparation for a network, augmentation, batches.

- **Sources**: ``source`` is the base of the classes in ``sources/``, one file each. ``embedded`` reads built-in sets,
  ``downloads`` well-known ones.
- **The user's own data**: ``folder`` (``folder_scan``); ``arrays`` (``array_inputs``,
  ``array_series``, ``array_columns``, ``array_splits``); ``tables``. ``latest`` keeps what was read last.
- **Pictures in files**: ``decoding`` has them decoded and kept; ``rows`` are of arrays in a file that is ``mapped``,
  or ``made`` of others when accessed; ``lending`` reuses memory.
- **For a network**: ``preparation`` makes a ``dataset`` of the network's size, with ``holdout`` for validation;
  ``placing`` decides where a split is during training, ``batches`` are shuffled (``class_groups``), varied
  and normalised on the device.
- **Varied pictures**: ``augmentation``, ``corruption`` and ``mixing`` are the bases of the classes in their folders;
  ``varying`` has what these are made of, and all randomness.
- **Other data**: ``other_data`` puts an experiment on another source.
- **Inspection**: ``inventory`` has everything in a recipe's data; ``leave_out`` excludes pictures by name, ``relabel``
  corrects their labels; ``notes`` say what a split lacks and what nothing can be learnt from, ``moments`` how large
  numbers are. ``progress`` reports and cancels long work.

Importing this package imports no torch: ``SOURCES``, ``AUGMENTATIONS``, ``CORRUPTIONS``, ``MIXINGS``, ``facts``,
``name_of``, ``thing_of`` and ``source_from_text`` are used by forms before torch is loaded.
"""

from collections.abc import Sequence
from pathlib import Path

from workbench.data.augmentation import Augmentation
from workbench.data.corruption import Corruption
from workbench.data.mixing import Mixing
from workbench.data.source import DataError, DataSource, SourceFacts
from workbench.spec.catalogue import Catalogue
from workbench.spec.component import Component
from workbench.spec.problems import near_names
from workbench.spec.words import thing

SOURCES: Catalogue[DataSource] = Catalogue("data source", "workbench.data.sources", DataSource)
AUGMENTATIONS: Catalogue[Augmentation] = Catalogue("augmentation", "workbench.data.augmentations", Augmentation)
CORRUPTIONS: Catalogue[Corruption] = Catalogue("corruption", "workbench.data.corruptions", Corruption)
MIXINGS: Catalogue[Mixing] = Catalogue("mixing", "workbench.data.mixings", Mixing)

IDX_FILES = "*[-.]idx*"
"""Names as MNIST's files have them: ``train-images-idx3-ubyte.gz``, or ``train-images.idx3-ubyte`` once unpacked."""

__all__ = ["AUGMENTATIONS", "CORRUPTIONS", "MIXINGS", "SOURCES", "facts", "name_of", "source_from_text", "thing_of"]


def facts(component: Component) -> SourceFacts:
    """Return what is known of a source without loading it. Raises SpecError on invalid parameters or a missing folder.

    Cheap, yet it may read folders on a disk: not for the window's thread.
    """
    return SOURCES.of(component).facts()


def name_of(component: Component) -> str:
    """Return what a list calls a source: of the user's own data, the name of its folder or file. Reads no disk."""
    own = component.parameters.get("folder") or component.parameters.get("file")
    if own:
        return Path(str(own)).name
    return SOURCES[component.type].title() if component.type in SOURCES else component.type


def thing_of(source: Component, shape: Sequence[int]) -> str:
    """Return what an example of a source that there is, of this shape, is called: ``picture``, ``series``, ``row`` or
    ``point``.
    """
    return thing(shape, SOURCES[source.type].vector)


def source_from_text(text: str) -> Component:
    """Return the source that a person means: an id (``cifar10``), a class name (``CIFAR10``), or a folder or file of
    their own.

    A folder is one of IDX files if it holds any, else of pictures; an IDX file is its folder, any other is arrays or a
    table, by its suffix. Raises DataError, with near names, if it is none of these.
    """
    by_name = {name.lower(): name for name in SOURCES.table} | {cls.id: name for name, cls in SOURCES.table.items()}
    name = by_name.get(text.strip().lower())
    if name is not None and not SOURCES[name].is_own:
        return Component(type=name)
    path = Path(text).expanduser()
    if text and path.match(IDX_FILES) and path.is_file():
        path = path.parent
    if text and path.is_dir():
        kind = "IdxFolder" if any(path.glob(IDX_FILES)) else "ImageFolder"
        return Component(type=kind, parameters={"folder": str(path.resolve())})
    if text and path.is_file():
        return Component(
            type="ArrayFile" if path.suffix.lower() == ".npz" else "TableFile", parameters={"file": str(path.resolve())}
        )
    if len(path.parts) > 1 or path.suffix:
        raise DataError(f"there is no file or folder called {text}: check the path")
    ids = sorted(cls.id for cls in SOURCES.table.values() if not cls.is_own)
    near = near_names(text.strip().lower(), ids)
    raise DataError(f"there is no data set or folder called {text or 'nothing'}; there is {near}")
