"""The window's thread asks Linux for short time slices, and only that thread; checked by the kernel's own account."""

import os
import platform
import subprocess
import sys

import pytest

CHILD = """
import ctypes, os, threading
from workbench.gui.runtime.wakeup import Attributes, wake_promptly

def of(thread):
    found = Attributes()
    number = {"x86_64": 315, "aarch64": 275}[os.uname().machine]
    assert ctypes.CDLL(None).syscall(number, thread, ctypes.byref(found), ctypes.sizeof(found), 0) == 0
    return found.runtime_ns, found.nice

os.nice(3)
usual = of(0)
accepted = []
other = threading.Thread(target=lambda: accepted.append(wake_promptly()))
other.start()
other.join()
later = []
third = threading.Thread(target=lambda: later.append(of(threading.get_native_id())))
third.start()
third.join()
print(accepted[0], *usual, *of(0), *later[0])
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="only Linux has time slices"
)
def test_the_main_thread_alone_has_short_slices_and_keeps_its_priority() -> None:
    if tuple(int(part) for part in os.uname().release.split(".")[:2]) < (6, 12):
        pytest.skip("Linux has such slices since 6.12")
    said = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True).stdout.split()
    if said[0] == "False":
        pytest.skip("this container forbids it")
    usual_ns, nice, own_ns, own_nice, later_ns, later_nice = map(int, said[1:])
    assert own_ns == 100_000 < usual_ns == later_ns
    assert nice == own_nice == later_nice == 3
