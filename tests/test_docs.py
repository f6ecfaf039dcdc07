"""References in the documentation exist: links, pictures, files, folders, modules and their contents, commands."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from workbench import cli, events
from workbench.spec.files import preset_names, read_experiment

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "resources" / "datasets" / "README.md"]
PACKAGES = {path.stem for path in (ROOT / "workbench").iterdir() if not path.name.startswith("_")}
PROSE = [page for page in PAGES if page.name != "CHANGELOG.md"]  # which also names what was removed

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as on GitHub."""
    headings = re.findall(r"^#+ (.+)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"src(?:set)?=\"([^\"]+)\"", text):
        if not target.startswith("https://"):
            file, _, anchor = target.partition("#")
            there = (page.parent / file).resolve() if file else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def test_every_picture_is_shown() -> None:
    shown = {target for page in PAGES for target in re.findall(r"pictures/([\w-]+\.png)[)\"]", read(page))}
    assert shown == {path.name for path in (ROOT / "docs" / "pictures").glob("*.png")}


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_every_file_and_folder_is_there(page: Path) -> None:
    folders = "workbench|tests|docs|presets|resources"
    for named in re.findall(rf"`((?:{folders})/[\w./-]*)`", read(page)):
        assert "NAME" in named or (ROOT / named).exists(), named
    for test in re.findall(r"`(test_\w+\.py)`", read(page)):
        assert list((ROOT / "tests").rglob(test)), test


def test_the_presets_of_the_lecture_are_in_the_menu_under_their_names() -> None:
    titles = {read_experiment(name).name for name in preset_names("experiments")}
    named = re.findall(r"presets? ((?:\*[^*]+\*(?: and )?)+)", read(ROOT / "docs" / "lecture.md"))
    assert len(named) > 10
    assert {title for some in named for title in re.findall(r"\*([^*]+)\*", some)} <= titles


def test_the_map_is_the_house() -> None:
    """The names at the margin of the map are exactly the packages and modules."""
    tree = read(ROOT / "ARCHITECTURE.md").split("```")[1]
    named = {name.strip("/") for name in re.findall(r"^  ([\w./]+)  ", tree, re.MULTILINE)}
    house = {path.name for path in (ROOT / "workbench").iterdir() if not path.name.startswith("_")}
    assert named == house
    for name in re.findall(r"^([\w./]+)  ", tree, re.MULTILINE):
        assert (ROOT / name).exists(), name


def is_there(dotted: str) -> bool:
    """Whether ``package.module`` or ``package.module.name`` exists, without importing it."""
    path = ROOT / "workbench" / dotted.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").is_file():
        return True
    holder, name = path.parent, path.name
    source = holder / "__init__.py" if holder.is_dir() else holder.with_suffix(".py")
    tree = ast.parse(source.read_text(encoding="utf-8")) if source.is_file() else ast.Module([], [])
    return any(getattr(node, "name", "") == name for node in tree.body)


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_module_is_there(page: str) -> None:
    named = re.findall(rf"(?<![\w/.])((?:{'|'.join(PACKAGES)})(?:\.[a-z_]\w*)+)", read(ROOT / page))
    settings = {"training.optimizer.type"}
    assert [name for name in named if name not in settings and not name.endswith(".py") and not is_there(name)] == []


def test_the_loop_as_pseudocode_names_every_event() -> None:
    named = set(re.findall(r"\w+", events.__doc__))
    assert {event.__name__ for event in events.Event.__subclasses__()} <= named


def test_every_field_of_every_event_is_told() -> None:
    """The table of the log has a row for each event with exactly its own fields; nested fields are in parentheses."""
    rows = re.findall(
        r"^\| (`[A-Z]\w+`(?:, `[A-Z]\w+`)*) \| (.*) \|$", read(ROOT / "docs" / "run-folder.md"), re.MULTILINE
    )
    told = {
        name: set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", fields)))
        for names, fields in rows
        for name in re.findall(r"\w+", names)
    }
    assert told == {event.__name__: set(event.__struct_fields__) - {"at"} for event in events.Event.__subclasses__()}


def commands(page: Path) -> list[str]:
    """The program's commands on a page, without pipes and redirections."""
    lines = re.findall(r"^(?:\$ )?((?:workbench|\./run main\.py) .+)$", read(page), re.MULTILINE)
    lines += re.findall(r"`((?:workbench|\./run main\.py) [^`]+)`", read(page))
    words = [re.split(r" [|>]|2>", line)[0] for line in lines]
    return [re.sub(r"^(workbench|\./run main\.py) ", "", line) for line in words]


def choices() -> set[str]:
    """The names of all commands."""
    return {command.__name__.rpartition(".")[2].strip("_").replace("_", "-") for command in cli.COMMANDS}


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_every_command_is_one(page: Path) -> None:
    for command in commands(page):
        words = shlex.split(command, comments=True)
        if len(words) == 1:
            assert words[0] in {"COMMAND", "--help", *choices()}
        else:
            arguments = cli._parser().parse_args(words)
            experiment = getattr(arguments, "experiment", "lenet")
            assert experiment.endswith(".json") or experiment in ("EXPERIMENT", *preset_names("experiments")), command


def test_the_table_of_commands_is_whole() -> None:
    """The README names each command; its examples are parsed too."""
    rows = re.findall(r"^\| `([^|]+)` \|", read(ROOT / "README.md"), re.MULTILINE)
    shown = [command for row in rows for command in row.split("`, `")]
    assert {command.split()[0] for command in shown} == choices()
    for command in shown:
        cli._parser().parse_args(shlex.split(command))
