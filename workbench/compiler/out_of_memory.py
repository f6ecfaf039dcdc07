"""How whoever allocates memory says that there is none left. No torch here."""

WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "bad_alloc",
    "bad allocation",
    "could not create a primitive",
)
"""Torch's own, on CUDA and on the CPU, and onnxruntime's; the last is oneDNN's, whose words are few."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in WORDS)
