"""Whatever people paste is read as addresses, and each slip is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.addresses import read
from operations.refusal import Invalid


def emails(text):
    return [typed.email for typed in read(text)]


@pytest.mark.parametrize(
    "text",
    [
        "ann@mail.example, bob@mail.example",
        "ann@mail.example;bob@mail.example",
        "ann@mail.example bob@mail.example",
        "ann@mail.example\r\nbob@mail.example\n",
        "Ann Lee <ann@mail.example>, Bob <bob@mail.example>",
        '"Lee, Ann" <ann@mail.example>\n<bob@mail.example>',
        "ann@mail.example Bob Stone <bob@mail.example>",
        "Ann@Mail.Example ann@mail.example; BOB@mail.example",
    ],
)
def test_many_addresses_are_read_however_they_are_separated(text):
    found = emails(text)

    assert found == ["ann@mail.example", "bob@mail.example"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("yuki@mail,example", "“yuki@mail,example” has a comma where a dot belongs."),
        ("yuki", "“yuki” has no @."),
        ("yuki@", "“yuki@” has nothing after the @."),
        ("@mail.example", "“@mail.example” has nothing before the @."),
        ("yuki@mail", "“yuki@mail” has no dot after the @."),
        ("yuki@tanaka@mail.example", "“yuki@tanaka@mail.example” has more than one @."),
    ],
)
def test_a_slip_is_named(text, problem):
    (typed,) = read(text)

    assert typed.problem == problem
    assert typed.email == ""


@pytest.mark.parametrize(
    "text",
    [
        "\u017fupport@mail.example",
        "support@busineß.example",
        "\uff53upport@mail.example",
        "ª@mail.example",
    ],
)
def test_an_address_that_could_pass_for_somebody_elses_is_refused(text):
    (typed,) = read(text)

    assert typed.email == ""
    assert typed.problem == f"“{text}” has a letter that stands for another one."


def test_what_the_library_refuses_is_not_an_address_yet():
    (typed,) = read("yuki..tanaka@mail.example")

    assert typed.problem.startswith("“yuki..tanaka@mail.example” is not an address yet. ")


def test_a_slip_stops_none_of_the_others():
    found = emails("ann@mail.example, yuki@mail,example, bob@mail.example")

    assert found == ["ann@mail.example", "", "bob@mail.example"]


@pytest.mark.parametrize("text", ["", "  \n", ", ;"])
def test_nothing_is_asked_for_again(text):
    with pytest.raises(Invalid, match="at least one"):
        read(text)


def test_a_mailing_list_is_refused():
    text = " ".join(f"p{number}@mail.example" for number in range(201))

    with pytest.raises(Invalid, match="at most 200"):
        read(text)


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text):
    try:
        found = read(text)
    except Invalid:
        return

    assert all(bool(typed.email) != bool(typed.problem) for typed in found)
