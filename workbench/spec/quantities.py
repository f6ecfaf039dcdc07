"""Large counts, sizes, durations and shares in readable form."""

import math
from collections.abc import Sequence
from itertools import pairwise

COUNT_PREFIXES = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
FILE_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
MEMORY_UNITS = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
NO_BREAK = "\N{NO-BREAK SPACE}"
TIME_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def count(number: int) -> str:
    """Return a large number in short form: ``1.25 M``."""
    return _in_short(number, COUNT_PREFIXES) or str(number)


def memory(num_bytes: int) -> str:
    """Return an amount of memory in units of 1,024: ``18.4 KiB``."""
    return _in_short(num_bytes, MEMORY_UNITS) or f"{num_bytes} B"


def file_size(num_bytes: int) -> str:
    """Return the size of a file or download in units of 1,000: ``11.6 MB``."""
    return _in_short(num_bytes, FILE_UNITS) or f"{num_bytes} bytes"


def duration(seconds: float) -> str:
    """Return a duration in the two largest units: ``40 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    (large, large_name), (small, small_name) = next(pair for pair in pairwise(TIME_UNITS) if seconds >= pair[0][0])
    whole, rest = divmod(round(seconds / small) * small, large)
    return f"{whole} {large_name} {rest // small} {small_name}" if rest else f"{whole} {large_name}"


def significant(value: float, form: str = ".4g") -> str:
    """Return a number in a format, written out below a billion: ``392,000``, not ``3.92e+05``."""
    words = f"{value:{form}}"
    if "e+" not in words or abs(value) >= 10**9:
        return words
    return f"{float(words):{'+' if form.startswith('+') else ''},.0f}"


def numeral(value: float, form: str = ".3g") -> str:
    """Return a number as ``significant``, with a minus sign as long as a plus, ``−0.25``, or NaN as it is written."""
    return significant(value, form).replace("-", "−").replace("nan", "NaN")


def percent(share: float, num_digits: int = 1, gap: str = " ") -> str:
    """Return a share as ``93.1 %``, or with fewer digits or another ``gap``; a dash for NaN."""
    return "–" if math.isnan(share) else f"{100 * share:.{num_digits}f}{gap}%"


def _in_short(number: int, units: Sequence[tuple[int, str]]) -> str:
    """Return three significant digits in the largest unit that, after rounding, is at least 1; empty if there is none.

    ``999,600`` is ``1 M``, not ``1e+03 k``; 1,000 to 1,023 of a unit have four digits.
    """
    for size, unit in units:
        share = number / size
        if float(f"{share:.3g}") >= 1:
            return f"{share:.3g} {unit}" if share < 999.5 else f"{share:.0f} {unit}"
    return ""
