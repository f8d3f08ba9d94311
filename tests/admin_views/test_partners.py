"""The partner list."""


def test_staff_see_their_tenants_partners_only(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get("/admin/partners/")

    assert answer.status_code == 200
    assert "acme-partner" in answer.text
    assert "rival-" not in answer.text


def test_a_partner_has_a_page_of_its_own(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get(f"/admin/partners/{world.acme.partner.public_id}/")

    assert answer.status_code == 200
    assert "acme-partner" in answer.text


def test_another_tenants_partner_is_not_found(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get(f"/admin/partners/{world.rival.partner.public_id}/")

    assert answer.status_code == 404


def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(world, anybody):
    answer = anybody.get("/admin/partners/?status=active")

    assert answer.status_code == 302
    assert answer.location == "/login?next=/admin/partners/?status%3Dactive"


def test_an_export_holds_the_tenants_partners_and_nobody_elses(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get("/admin/partners/export", buffered=True)

    assert answer.mimetype == "text/csv"
    assert "acme-partner" in answer.text
    assert "rival-" not in answer.text
