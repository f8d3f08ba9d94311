"""Invites across partners; those to the staff too, for who manages the team."""

from admin_views import invites


class Invites(invites.Invites):
    """Every invite of the tenant that the actor may know of."""
