"""Shipped files are found in the repository and in an installed wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

from workbench import shipped

ROOT = Path(__file__).parents[1]


def test_in_the_repository():
    assert shipped.resources() == ROOT / "resources"
    assert shipped.presets() == ROOT / "presets"
    assert shipped.docs() == ROOT / "docs"


def test_in_a_wheel(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")

    code = "from workbench import shipped; print(shipped.__file__, shipped.presets(), shipped.resources(), shipped.docs(), sep='\\n')"
    lines = subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path / "installed", text=True).split()
    module, presets, resources, docs = map(Path, lines)

    assert module.is_relative_to(tmp_path)
    assert files_below(presets) == files_below(ROOT / "presets")
    assert files_below(resources) == files_below(ROOT / "resources")
    manual = {
        name: text
        for name, text in files_below(ROOT / "docs").items()
        if len(name.parts) == 1 or name.parts[0] in ("decisions", "pictures")
    }
    assert files_below(docs) == {name: text for name, text in manual.items() if name.suffix in (".md", ".png")}


def files_below(folder):
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files
    return files
