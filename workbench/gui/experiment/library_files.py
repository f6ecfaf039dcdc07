"""The library of blocks on disk: those shipped with the program and the user's own, one file each. No Qt."""

from pathlib import Path

from workbench import places, shipped
from workbench.durable import make_folder, write_text
from workbench.spec.files import read_block, to_json
from workbench.spec.library import LibraryBlock
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.scopes import free_block_name

SHIPPED, OWN = "library:", "own:"
"""Prefixes of blocks' keys; a layer's name has no colon."""


def read_library() -> tuple[dict[str, LibraryBlock], list[str]]:
    """Return all blocks by key, the shipped ones first, and a sentence for each of the user's that cannot be read."""
    found = {SHIPPED + path.stem: read_block(path) for path in _files(shipped.presets() / "blocks")}
    complaints: list[str] = []
    for path in _files(places.blocks_dir()):
        try:
            found[OWN + path.stem] = read_block(path)
        except SpecError as error:
            complaints.append(f"A block in your library was skipped: {error}")
    return found, complaints


def keep(block: LibraryBlock) -> LibraryBlock:
    """Write a block to the user's library, renamed if its name is taken by another block; return it as written."""
    folder = places.blocks_dir()
    make_folder(folder)
    taken = {path.stem for path in _files(folder) if not _holds(path, block)}
    kept = replace(block, name=free_block_name(taken, block.name))
    write_text(folder / f"{kept.name}.json", to_json(kept))
    return kept


def _holds(path: Path, block: LibraryBlock) -> bool:
    try:
        return read_block(path) == block
    except SpecError:
        return False


def remove(key: str) -> None:
    """Remove a block from the user's library."""
    (places.blocks_dir() / f"{key.removeprefix(OWN)}.json").unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))
