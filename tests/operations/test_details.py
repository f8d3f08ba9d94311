"""What a partner's fields may hold."""

import pytest

from operations import details
from operations.refusal import Invalid


@pytest.mark.parametrize("typed", ["+1 312", "+999 123456789"])
def test_a_number_that_no_country_has_is_refused(typed):
    with pytest.raises(Invalid):
        details.phone(typed)


def test_a_number_is_kept_as_the_world_writes_it():
    assert details.phone("+13125550148") == "+1 312-555-0148"
