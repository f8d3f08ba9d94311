"""Reading a file: whatever is in it, every row gets an answer and none is lost."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import ImportKind
from operations import import_records, import_text
from operations.formulas import escaped, unescaped
from operations.import_fields import guessed
from operations.import_records import QUOTES, TOO_LONG, UNREADABLE, Place
from operations.refusal import Invalid

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def pieces_of(body):
    stream = io.BytesIO(body)
    encoding = import_text.encoding_of(stream)
    return encoding, list(import_text.pieces(stream, encoding))


def records(pieces, encoding="utf-8", delimiter=",", place=Place()):  # noqa: B008 - it is frozen
    def load(number):
        return pieces[number] if number < len(pieces) else None

    lines = import_records.lines(load, encoding, place)
    return list(import_records.records(lines, delimiter))


def rows(pieces, **values):
    return [record.cells for record in records(pieces, **values)]


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("name\nMüller".encode(), "utf-8"),
        ("name\nMüller".encode("utf-8-sig"), "utf-8"),
        ("name\nMüller".encode("latin-1"), "cp1252"),
        ("name\nMüller".encode("utf-16"), "utf-16"),
        ("name\nMüller".encode("utf-16-le"), "utf-16-le"),
        ("name\nMüller".encode("utf-16-be"), "utf-16-be"),
    ],
)
def test_an_encoding_is_told_from_the_file_and_its_mark_is_not_part_of_the_text(body, encoding):
    found, pieces = pieces_of(body)

    assert found == encoding
    kept = "utf-8" if encoding.startswith("utf-16") else encoding
    assert rows(pieces, encoding=kept) == [["name"], ["Müller"]]


def test_a_letter_that_is_no_utf_8_is_found_however_late_it_comes():
    body = b"name\n" + b"plain\n" * 100_000 + "Müller".encode("latin-1")

    assert pieces_of(body)[0] == "cp1252"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_cut_where_its_lines_end_and_read_whole_again(end):
    body = end.join(f"row {number},é" for number in range(60_000)).encode()

    _, pieces = pieces_of(body)

    assert len(pieces) > 2
    assert b"".join(pieces) == body
    assert all(piece.endswith(end.encode()[-1:]) for piece in pieces[:-1])
    assert len(rows(pieces)) == 60_000


@pytest.mark.parametrize("start", list(import_text.NO_TEXT))
def test_what_is_no_text_is_refused(start):
    with pytest.raises(Invalid, match="whatever its name says"):
        pieces_of(start + b" and more")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n1,5;2;3\n2,5;3;4\n", ";"),
        ("a\tb\nx, y\tz\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('name,note\n"a;b;c",x\n', ","),
        ("name\nx\n", ","),
        ("", ","),
        ('"' + "x" * 200_000, ","),
    ],
)
def test_a_delimiter_is_what_cuts_the_rows_alike(text, delimiter):
    assert import_text.delimiter_of(text) == delimiter


def test_reading_goes_on_from_any_row_as_if_it_had_never_stopped():
    pieces = [b'a,b\n"x\ny",2\n', b'\n"open,3\nq,4\n', b'"z"z,1\n"e,\xc3\xa9\n', b'"",""\n']
    whole = records(pieces)

    for index, record in enumerate(whole):
        assert records(pieces, place=record.after) == whole[index + 1 :]


def test_an_open_quotation_mark_costs_its_own_row_alone():
    pieces = [b'a,b\n"open,3\nq,4\n', b'"ok",5\n"z"z,1\nlast,6\n"']

    found = records(pieces)

    assert [record.cells for record in found if not record.problem] == [
        ["a", "b"],
        ["q", "4"],
        ["ok", "5"],
        ["last", "6"],
    ]
    assert [record.cells for record in found if record.problem == QUOTES] == [
        ['"open,3'],
        ['"z"z,1'],
        ['"'],
    ]


def test_a_quotation_mark_that_is_open_for_thousands_of_lines_costs_its_own_row_alone():
    found = records([b'"open\n' + b"x\n" * 5000])

    assert len(found) == 5001
    assert [record.problem for record in found[:2]] == [QUOTES, ""]


def test_letters_that_are_not_in_the_encoding_are_shown_and_refused():
    found = records([b"a,b\n\xff,1\n"])

    assert (found[1].cells, found[1].problem) == (["\\xff", "1"], UNREADABLE)


def test_a_row_that_is_far_too_long_is_refused_and_cut():
    cell = b"x" * 100_000
    found = records([b",".join([cell] * 20) + b"\nnext\n"])

    assert (found[0].problem, len(found[0].cells[0])) == (TOO_LONG, 1000)
    assert found[1].cells == ["next"]


@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), max_size=6), st.sampled_from(",;\t|"))
@settings(max_examples=100, deadline=None, database=None)
def test_whatever_a_csv_holds_is_read_as_it_was_written(table, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)

    assert rows([out.getvalue().encode()], delimiter=delimiter) == table


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None, database=None)
def test_nonsense_is_read_to_its_end(body):
    found = records([body])

    assert records([body], encoding="cp1252") is not None
    assert len(found) <= body.count(b"\n") + body.count(b"\r") + 1


@given(st.text(st.sampled_from("'=+-@x\t\r\n\uff1d "), max_size=6))
@settings(database=None)
def test_what_an_export_escapes_an_import_reads_as_it_was(text):
    assert unescaped(escaped(text)) == text
    assert escaped(text)[:1] not in set("=+-@\t\r\n\uff1d")


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["Company", "E-Mail", "Tel.", "Vendor ID"], {"name": 0, "contact_email": 1, "phone": 2}),
        (["AFFILIATE  name", "Affiliate Manager"], {"name": 0, "account_manager": 1}),
        (["Name", "Partner", "name"], {"name": 0}),
        (["Publisher", "Contact name", "Contact"], {"name": 0, "contact_name": 1}),
        (["id", "name"], {"name": 1}),
        (["", "???"], {}),
    ],
)
def test_columns_are_guessed_by_what_other_systems_call_them(headings, fields):
    assert guessed(ImportKind.PARTNERS, headings, [["77", "x"]]) == fields


def test_an_identifier_is_guessed_where_it_is_one_of_ours(world):
    rows = [["x", world.acme.source.public_id, "y"]]

    assert guessed(ImportKind.SOURCES, ["Campaign", "ID", "Partner"], rows) == {
        "identifier": 1,
        "name": 0,
        "partner": 2,
    }
