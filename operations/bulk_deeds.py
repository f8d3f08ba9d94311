"""The deeds that a job does to all rows of a list that match, by the name of their job."""

from operations import bulk_people, bulk_supply
from operations.bulk_deed import Deed

DEEDS: dict[str, Deed] = bulk_supply.DEEDS | bulk_people.DEEDS
