"""The rows of an import as its list and its download show them."""

from collections.abc import Sequence

from markupsafe import Markup

from admin_views import cells
from admin_views.lists import Column, Filter
from models import ImportRow, RowOutcome
from operations import imports

TO_BE = Markup('<span class="badge is-long">To be %s</span>')
REMARK = Markup("<div>%s</div>")
NAMED_REMARK = Markup("<div><b>%s:</b> %s</div>")


def _outcome(row: ImportRow, _more: object) -> Markup:
    if row.outcome in imports.TO_DO and not row.is_done:
        return TO_BE % row.outcome.value
    return cells.badge(row.outcome)


def _remarks(row: ImportRow, _more: object) -> Markup | str:
    said = [NAMED_REMARK % (field, text) if field else REMARK % text for field, text in row.remarks]
    return Markup("").join(said) if said else cells.NOTHING


OUTCOME = Filter(
    "outcome",
    "Outcome",
    lambda: [(outcome.value, outcome.word) for outcome in RowOutcome],
    lambda value: ImportRow.outcome == value,
)


COLUMNS = (
    Column("name", "Name", lambda row, _: row.name, css="clip"),
    Column(
        "number",
        "Row",
        lambda row, _: f"{row.number:,}",
        sort=ImportRow.number,
        is_unique=True,
        numeric=True,
    ),
    Column("outcome", "Outcome", _outcome, css="state"),
    Column("remarks", "What changes, or why it is refused", _remarks, css="wide wrap"),
)


def written(row: ImportRow) -> Sequence[str]:
    """Write a row as it came, behind its answer."""
    said = " ".join(f"{field}: {text}" if field else text for field, text in row.remarks)
    return [str(row.number), row.outcome.word, said, *row.cells]
