"""Links that open without signing in: whose tenant a token is of."""

from sqlalchemy import select

from models import Scope, Tenant, db, enter


def enter_tenant(token: str) -> Tenant | None:
    """Find the tenant that a token's beginning names; from here on this session sees only that.

    None where there is no such tenant. Nothing is known of the token's secret part yet.
    """
    code, _, _ = token.partition(".")
    tenant = db.session.scalar(select(Tenant).where(Tenant.code == code))
    if tenant is not None:
        enter(db.session, Scope(tenant.id))
    return tenant
