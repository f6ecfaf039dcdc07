"""Large counts and sizes as people read them. No Qt."""

COUNT_PREFIXES = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
BYTE_UNITS = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


def count(number: int) -> str:
    """A large number in short: ``1.25 M``."""
    for size, prefix in COUNT_PREFIXES:
        if number >= size:
            return f"{number / size:.3g} {prefix}"
    return str(number)


def memory(num_bytes: int) -> str:
    """Bytes in the unit that suits them: ``18.4 KiB``."""
    for size, unit in BYTE_UNITS:
        if num_bytes >= size:
            return f"{num_bytes / size:.3g} {unit}"
    return f"{num_bytes} B"
