"""The mail folder: letters as .eml files while no mail server is configured."""

import os
from pathlib import Path

from operations.mail_server import LaterError

ANSWER = "Written to the mail folder: no mail server is configured"


def write(content: bytes, name: str, folder: Path) -> None:
    """Write a file that only its owner reads, all of it or nothing. Raises LaterError."""
    draft = folder / f".{name}.draft"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(folder / name)
    except OSError as error:
        raise LaterError(f"The mail folder cannot be written: {error.strerror}") from error
