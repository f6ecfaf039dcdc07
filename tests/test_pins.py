"""Exact versions in pyproject.toml (for uv) and requirements.txt (for pip) agree."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def versions(lines: list[str]) -> dict[str, str]:
    """Versions by name; fails on anything but ``name==version``."""
    found = {}
    for requirement in map(Requirement, lines):
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", requirement
        found[canonicalize_name(requirement.name)] = specifier.version
    return found


PINS = versions(PROJECT["tool"]["uv"]["constraint-dependencies"])


def test_everything_asked_for_is_pinned_to_a_version_that_will_do():
    asked = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    for requirement in map(Requirement, asked):
        assert PINS[canonicalize_name(requirement.name)] in requirement.specifier


def test_pip_gets_the_versions_that_uv_gets():
    text = (ROOT / "requirements.txt").read_text("utf-8")
    exported = versions(re.findall(r"^\w.*?(?= \\$)", text, re.MULTILINE))
    assert exported.items() <= PINS.items()
    assert {canonicalize_name(Requirement(line).name) for line in PROJECT["project"]["dependencies"]} <= exported.keys()


def test_every_package_for_pip_has_a_hash_and_no_line_names_a_host():
    text = (ROOT / "requirements.txt").read_text("utf-8")
    packages = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert packages
    assert all("--hash=sha256:" in package for package in packages)
    assert "://" not in text
