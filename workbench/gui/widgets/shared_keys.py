"""Keys, in Qt's notation, that both a menu and the tip of a button tell. No Qt."""

RUN = "Ctrl+Return"
PAUSE = "Ctrl+P"
STEP = "F10"
STOP = "Ctrl+."
BROWSE_DATA = "Ctrl+L"
ATTENTION = "Ctrl+T"
FEATURES = "Ctrl+K"
WHY = "Ctrl+J"


def with_keys(words: str, keys: str) -> str:
    """Return a tip that ends with the keys."""
    return f"{words}   {keys}"
