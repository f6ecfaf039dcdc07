"""The doctor's report as text and as JSON."""

import json
import subprocess
import sys

from workbench.cli.doctor import page
from workbench.session.doctor import Report

SICK = Report(
    system="Linux",
    versions={"Python": "3.11.7", "torch": "2.15.0"},
    device="CPU",
    cores=4,
    threads=3,
    missing_libraries=("libGL.so.1",),
    remedy="Run: apt-get install -y libgl1",
    display="There is no display.",
    folders={"runs": "/home/ada/runs"},
)


def test_the_page_ends_with_what_to_do():
    lines = page(SICK).splitlines()
    assert lines[0].split() == ["system", "Linux"]
    assert ["threads", "3", "of", "4", "cores"] in [line.split() for line in lines]
    assert lines[-3:] == ["The window cannot open.", SICK.remedy, SICK.display]


def test_the_command_prints_one_line_of_json():
    answer = subprocess.run([sys.executable, "-m", "workbench", "doctor", "--json"], capture_output=True, text=True)
    assert answer.returncode == 0
    assert answer.stderr == ""
    (line,) = answer.stdout.splitlines()
    found = json.loads(line)
    assert found["versions"]["Python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["display"] is None  # the tests run on Qt's offscreen platform
