"""Devices: which browser and system a User-Agent names, in words."""

#: The first that is named wins: Edge and Opera also claim to be Chrome, and Chrome to be Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
UNKNOWN = "Unknown device"


def device(user_agent: str) -> str:
    """Say it as people would: “Firefox on Windows”."""
    browser, system = _named(BROWSERS, user_agent), _named(SYSTEMS, user_agent)
    return " on ".join(word for word in (browser, system) if word) or UNKNOWN


def _named(words: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((word for mark, word in words if mark in user_agent), "")
