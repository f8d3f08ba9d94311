"""Browsers' long names, said in words."""

import pytest

from admin_views.devices import said

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("device", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {WEBKIT} Chrome/131.0 Safari/537.36",
         "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/131.0 Safari/537.36 Edg/131.0",
         "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18 Safari/604.1",
         "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15; Mobile) Gecko/133 Firefox/133.0", "Firefox on Android"),
        ("curl/8.5.0 Linux", "Linux"),
        ("", "another device"),
    ],
)  # fmt: skip
def test_a_device_is_said_in_words(device, words):
    assert said(device) == words
