"""An error as one sentence, for a message or a dialog. No Qt."""

from workbench.spec.problems import SpecError


def sentence(error: Exception) -> str:
    """Return a sentence about an error of a user's file or disk, or about an internal error (logged elsewhere)."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'The file'}: {error.strerror}."
    if not isinstance(error, SpecError | OSError):
        return f"This is an internal error ({type(error).__name__}); see the log for details."
    words = str(error)
    return words[:1].upper() + words[1:]
