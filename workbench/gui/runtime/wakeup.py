"""Lets the window's thread run as soon as it wakes, also while other threads or processes keep every core busy.

Linux (since 6.12) lets a thread that wakes take a core from a running one at once only if its time slice is shorter.
The window computes for a few milliseconds at a time, so a short slice costs the others nothing: the thread gets no more
of a core, only sooner. On other systems, and on older kernels, nothing changes.
https://docs.kernel.org/scheduler/sched-eevdf.html, sched_setattr(2)
"""

import ctypes
import os
import platform
import sys

SET_ATTRIBUTES = {"x86_64": 314, "aarch64": 274}
"""The number of the system call, by machine; neither Python nor the C library of Debian 12 has a function for it."""

SLICE_NS = 100_000
"""The shortest slice that Linux grants."""

RESET_ON_FORK = 1
"""Threads and processes started later, which train, have slices of the usual length."""


class Attributes(ctypes.Structure):
    """The first version of the kernel's ``struct sched_attr``."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime_ns", ctypes.c_uint64),
        ("deadline_ns", ctypes.c_uint64),
        ("period_ns", ctypes.c_uint64),
    )


def wake_promptly() -> bool:
    """Give the process's main thread short time slices, and return whether the system accepted them.

    Nothing changes if the process runs under a policy of its own choice, for example in real time.
    """
    if sys.platform != "linux":
        return False
    number = SET_ATTRIBUTES.get(platform.machine())
    main_thread = os.getpid()
    if number is None or os.sched_getscheduler(main_thread) != os.SCHED_OTHER:
        return False
    attributes = Attributes(
        size=ctypes.sizeof(Attributes),
        policy=os.SCHED_OTHER,
        flags=RESET_ON_FORK,
        nice=os.getpriority(os.PRIO_PROCESS, main_thread),
        runtime_ns=SLICE_NS,
    )
    refused: int = ctypes.CDLL(None).syscall(number, main_thread, ctypes.byref(attributes), 0)
    return not refused
