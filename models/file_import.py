"""An import: a CSV file that staff brought, what its columns mean, and an answer for every row."""

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON, ForeignKeyConstraint, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Key, Public, Word, now, stored
from models.ownership import TenantOwned


class ImportKind(Word):
    """What the rows of a file become."""

    PARTNERS = "partners"
    SOURCES = "sources"


class RowOutcome(Word):
    """What becomes of a row: what the check foresees, and after the import what it did."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class FileImport(Public, TenantOwned, Base):
    """One file. Its rows are checked and imported by jobs (operations/import_steps.py)."""

    __tablename__ = "file_import"
    prefix: ClassVar[str] = "import"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "by_id"], ["membership.tenant_id", "membership.id"]),
        Index("file_import_kind", "tenant_id", "kind", "id"),
        Index("file_import_created", "created_at"),
    )

    kind: Mapped[ImportKind] = mapped_column(stored(ImportKind))
    #: As the file was called where it came from.
    name: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    size: Mapped[int] = mapped_column(default=0)
    #: Lines of text; rows may have several.
    lines: Mapped[int] = mapped_column(default=0)
    encoding: Mapped[str] = mapped_column(String(20), default="utf-8")
    delimiter: Mapped[str] = mapped_column(String(1), default=",")
    headings: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: By the name of the field: the place of its column.
    columns: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: How many rows have which outcome.
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    #: When the whole file was here; one that never came is removed.
    uploaded_at: Mapped[datetime | None]
    #: The job of the last check; an earlier one that still runs sees that it is replaced.
    check_id: Mapped[uuid.UUID | None]
    checked_at: Mapped[datetime | None]
    #: The job of the import.
    run_id: Mapped[uuid.UUID | None]
    imported_at: Mapped[datetime | None]


class FilePiece(TenantOwned, Base):
    """A part of a file as it came, which ends where a line ends."""

    __tablename__ = "file_piece"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["file_import.tenant_id", "file_import.id"]
        ),
        Index("file_piece_number", "tenant_id", "import_id", "number", unique=True),
    )

    import_id: Mapped[uuid.UUID]
    number: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Public, TenantOwned, Base):
    """One row of a file with its answer."""

    __tablename__ = "import_row"
    prefix: ClassVar[str] = "row"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["file_import.tenant_id", "file_import.id"]
        ),
        Index("import_row_number", "tenant_id", "import_id", "number", unique=True),
        Index("import_row_outcome", "tenant_id", "import_id", "outcome", "number"),
        #: Two rows about the same: found by what they are about, or by the name they give.
        Index("import_row_object", "tenant_id", "import_id", "object_id"),
        Index("import_row_key", "tenant_id", "import_id", "name_key"),
    )

    import_id: Mapped[uuid.UUID]
    #: As a spreadsheet counts: the headings are row 1.
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(200), default="")
    name_key: Mapped[str] = mapped_column(Key, default="")
    cells: Mapped[list[str]] = mapped_column(JSON, default=list)
    outcome: Mapped[RowOutcome] = mapped_column(stored(RowOutcome))
    #: Field and sentence: why it is refused, or what changes.
    remarks: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    #: Which partner or source it is about, and the version that the check saw.
    object_id: Mapped[uuid.UUID | None]
    version: Mapped[int | None]
    #: Whether it was imported; until then the outcome is what the check foresees.
    is_done: Mapped[bool] = mapped_column(default=False, server_default=false())
