"""Say a browser's long name in the words people know: “Chrome on Windows”."""

#: The first that occurs wins: Edge and Opera call themselves Chrome, Chrome calls itself Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def said(device: str) -> str:
    """Name browser and system; what is unknown is “another device”."""
    browser = next((word for sign, word in BROWSERS if sign in device), "")
    system = next((word for sign, word in SYSTEMS if sign in device), "")
    return " on ".join(word for word in (browser, system) if word) or "another device"
