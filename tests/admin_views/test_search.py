"""Search across partners, sources, people and invites."""

from models import Role, across_tenants, db
from tests.leads import named_lead
from tests.world import invite_of, partner_of


def test_everything_with_the_name_is_found_and_nothing_of_others(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get("/admin/search/?q=acme")

    assert answer.status_code == 200
    for name in ("acme-partner", "acme-source", "acme-free-source", "acme-sales", "acme-invitee"):
        assert name in answer.text
    assert "rival-" not in browser.get("/admin/search/?q=mail.example").text


def test_an_identifier_leads_straight_to_its_object(world, sign_in):
    browser = sign_in(world.acme.admin)

    answer = browser.get(f"/admin/search/?q={world.acme.partner.public_id}")

    assert answer.status_code == 303
    assert answer.location == f"/admin/partners/{world.acme.partner.public_id}/"


def test_nothing_found_says_so(world, sign_in):
    browser = sign_in(world.acme.admin)

    assert "Nothing was found" in browser.get("/admin/search/?q=unheard-of").text
    assert "No name or address begins with" in browser.get("/admin/search/?q=zz").text
    assert "What are you looking for?" in browser.get("/admin/search/").text
    assert "Nothing was found" in browser.get("/admin/search/?q=partner_nonsense").text


def test_ten_of_a_kind_are_shown_and_the_list_has_the_rest(world, sign_in, app):
    with app.app_context(), across_tenants(db.session):
        for number in range(11):
            partner_of(world.acme.tenant, f"acme-many-{number}")
        db.session.commit()

    answer = sign_in(world.acme.admin).get("/admin/search/?q=acme-many")

    assert answer.text.count("acme-many-") == 10
    assert "/admin/partners/?q=acme-many" in answer.text


def test_only_who_manages_the_team_finds_invites_to_the_staff(app, world, sign_in):
    with app.app_context(), across_tenants(db.session):
        invite_of(world.acme.tenant, "acme-boss@mail.example", None, world.acme.admin, Role.ADMIN)
        db.session.commit()

    found = "acme-boss@mail.example"
    assert found in sign_in(world.acme.admin).get("/admin/search/?q=acme-boss").text
    assert found not in sign_in(world.acme.sales).get("/admin/search/?q=acme-boss").text


def test_each_role_finds_what_it_may_see(world, sign_in):
    sales = sign_in(world.acme.sales).get("/admin/search/?q=acme").text
    validation = sign_in(world.acme.validation).get("/admin/search/?q=acme").text

    assert "acme-partner-user" in sales
    assert "acme-support" not in sales
    assert "acme-customer-support" not in sales
    assert "acme-partner" not in validation
    assert "In leads<" in validation
    assert "Nothing was found" in validation


def test_partner_people_search_their_own_sources_and_leads(world, sign_in, inside):
    with inside(world.acme):
        lead = named_lead(world.acme, world.acme.source)
        foreign = named_lead(world.acme, world.acme.other_source)
        db.session.commit()
    people = sign_in(world.acme.partner_user)

    page = people.get("/partner/").text
    found = people.get("/partner/search/?q=acme").text
    by_address = people.get(f"/partner/search/?q={lead.email}").text
    straight = people.get(f"/partner/search/?q={lead.public_id}")

    assert 'action="/partner/search/"' in page
    assert f'href="/partner/sources/{world.acme.source.public_id}/"' in found
    assert world.acme.free_source.public_id not in found
    assert lead.public_id in by_address
    assert foreign.public_id not in by_address
    assert straight.location == f"/partner/leads/{lead.public_id}/"
    assert people.get(f"/partner/leads/{foreign.public_id}/").status_code == 404
    assert "Nothing was found" in people.get("/partner/search/?q=source_nonsense").text
