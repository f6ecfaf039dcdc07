"""The library of blocks on disk: those that come with the program and the user's own, a file each. No Qt."""

from pathlib import Path

from workbench import places, shipped
from workbench.durable import make_folder, write_text
from workbench.spec.files import read_block, to_json
from workbench.spec.library import LibraryBlock
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.scopes import free_block_name

SHIPPED, OWN = "library:", "own:"
"""What the key of a block begins with; a layer's name has no colon."""


def read_library() -> tuple[dict[str, LibraryBlock], list[str]]:
    """All blocks by their keys, the program's first; and a sentence for each of the user's that cannot be read."""
    found = {SHIPPED + path.stem: read_block(path) for path in _files(shipped.presets() / "blocks")}
    complaints: list[str] = []
    for path in _files(places.blocks_dir()):
        try:
            found[OWN + path.stem] = read_block(path)
        except SpecError as error:
            complaints.append(f"A block in your library was skipped: {error}")
    return found, complaints


def keep(block: LibraryBlock) -> LibraryBlock:
    """Write a block to the user's library, under a free name where its own means another there; gives what was written."""
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
    """Take a block out of the user's library."""
    (places.blocks_dir() / f"{key.removeprefix(OWN)}.json").unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))
