"""Large counts and sizes as people read them. No Qt."""

from collections.abc import Sequence

COUNT_PREFIXES = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
FILE_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
MEMORY_UNITS = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def count(number: int) -> str:
    """A large number in short: ``1.25 M``."""
    return _in_short(number, COUNT_PREFIXES) or str(number)


def memory(num_bytes: int) -> str:
    """Bytes of memory, by 1,024: ``18.4 KiB``."""
    return _in_short(num_bytes, MEMORY_UNITS) or f"{num_bytes} B"


def file_size(num_bytes: int) -> str:
    """Bytes of a file or a download, by 1,000: ``11.6 MB``."""
    return _in_short(num_bytes, FILE_UNITS) or f"{num_bytes} bytes"


def _in_short(number: int, units: Sequence[tuple[int, str]]) -> str:
    """Three digits in the largest unit of which it is one at least, once rounded; empty where it is too small for any.

    ``999,600`` is ``1 M`` and not ``1e+03 k``; of 1,000 to 1,023 of a unit there are four digits.
    """
    for size, unit in units:
        share = number / size
        if float(f"{share:.3g}") >= 1:
            return f"{share:.3g} {unit}" if share < 999.5 else f"{share:.0f} {unit}"
    return ""
