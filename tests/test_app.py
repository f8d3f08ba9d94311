"""The application as a whole."""

import re
import stat
from dataclasses import replace

from app import create_app


def test_static_files_carry_a_name_made_from_their_content_and_may_be_kept(world, sign_in):
    browser = sign_in(world.acme.admin)
    page = browser.get("/admin/partners/").text
    address = re.search(r'href="(/static/[0-9a-f]{8}/inflow\.css)"', page)[1]

    answer = browser.get(address)

    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


def test_the_process_says_that_it_is_up_and_that_the_database_answers(anybody):
    assert anybody.get("/healthz").json == {"status": "ok"}
    assert anybody.get("/readyz").json == {"status": "ok"}


def test_the_instance_folder_is_made_for_its_owner_alone(settings, tmp_path):
    place = tmp_path / "instance"

    create_app(replace(settings, instance=place))

    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_whatever_a_proxy_says_of_the_address_is_kept_as_far_as_it_fits(settings, build, world):
    behind = build(replace(settings, trusted_proxies=1))
    behind.config["WTF_CSRF_ENABLED"] = False

    answer = behind.test_client().post(
        "/login",
        data={"email": "nobody@mail.example", "password": "wrong"},
        headers={"X-Forwarded-For": "x" * 100},
    )

    assert answer.status_code == 422


def test_a_nul_in_a_path_is_refused_before_any_database_sees_it(world, anybody):
    answers = [anybody.get(path) for path in ("/invites/%00", "/invites/a%00b", "/reset/%00")]

    assert {answer.status_code for answer in answers} == {400}
