"""Shipped files are found in the repository and in an installed wheel; the source archive has what a reader needs."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from workbench import shipped

ROOT = Path(__file__).parents[1]


def test_in_the_repository():
    assert shipped.resources() == ROOT / "resources"
    assert shipped.presets() == ROOT / "presets"
    assert shipped.docs() == ROOT / "docs"


def built(target, source, folder):
    """The wheel or the source archive (sdist) of a source tree."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (file,) = folder.glob("workbench*")
    return file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


def test_in_a_wheel(wheel, tmp_path):
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


def test_the_source_archive_has_what_the_readme_names_and_builds_the_same_wheel(wheel, tmp_path):
    archive = built("sdist", ROOT, tmp_path / "archive")
    subprocess.run(["tar", "-xf", archive, "-C", tmp_path], check=True)
    (tree,) = tmp_path.glob("workbench*")
    readme = (tree / "README.md").read_text("utf-8")
    named = re.findall(r"\]\((?!https?:)([^)#]+)", readme) + re.findall(r"-r (\S+\.txt)", readme)
    assert "requirements.txt" in named
    assert [name for name in named if not (tree / name).exists()] == []
    assert built("wheel", tree, tmp_path / "wheel").read_bytes() == wheel.read_bytes()


def files_below(folder):
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files
    return files
