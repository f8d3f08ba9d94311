"""The partner list."""


def test_staff_see_their_tenants_partners_only(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get("/admin/partners/")

    assert answer.status_code == 200
    assert "acme-partner" in answer.text
    assert "rival-" not in answer.text
