"""Several statements in one round trip, by libpq's own pipeline; prepared where they may be.

psycopg's pipeline does the same, but sends each statement by itself, at eight times the CPU.
"""

import itertools
import select
from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection, pq
from psycopg.errors import error_from_result

from models.statements import Row

#: A statement with $1, $2, … and its values: text as bytes, a bytea as a memoryview.
Prepared = tuple[bytes, Sequence[bytes | memoryview | None]]

SYNC, ROWS = pq.ExecStatus.PIPELINE_SYNC, pq.ExecStatus.TUPLES_OK
FAILED = pq.ExecStatus.FATAL_ERROR
IN_AND_OUT = select.POLLIN | select.POLLOUT
#: By the number of its type; anything else stays text.
READ: dict[int, Callable[[bytes], Any]] = {
    16: lambda value: value == b"t",
    20: int,
    21: int,
    23: int,
}
#: No two statements of this process have one name, whoever prepared what on a connection before.
NUMBERS = itertools.count()


class Pipeline:
    """One connection's way to send a batch; remembers what the server has prepared."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection.pgconn
        # Behind a pooler every transaction may meet another server, which has prepared nothing.
        self._prepares = connection.prepare_threshold is not None
        self._names: dict[bytes, bytes] = {}
        self._poll = select.poll()
        self._poll.register(self._connection.socket)

    def run(self, statements: Sequence[Prepared]) -> list[Row | None]:
        """Send all, then read the first row of each; one transaction, unless within another.

        Raises psycopg's error of the first that failed; the others were not run then.
        """
        known = dict(self._names)
        self._connection.enter_pipeline_mode()
        told = [is_told for sql, values in statements for is_told in self._send(sql, values)]
        self._connection.pipeline_sync()
        self._flush()
        results = list(iter(self._next, None))
        self._connection.exit_pipeline_mode()
        if failure := next((one for one in results if one.status == FAILED), None):
            self._names = known  # what stood behind the failure was never prepared
            raise error_from_result(failure)
        return [_row(one) for one, is_told in zip(results, told, strict=True) if is_told]

    def _send(self, sql: bytes, values: Sequence[bytes | memoryview | None]) -> Sequence[bool]:
        """Send one statement; say of each result to come whether it is the statement's own."""
        formats = [type(value) is memoryview for value in values]
        if not self._prepares:
            self._connection.send_query_params(sql, values, param_formats=formats)
            return (True,)
        name = self._names.get(sql)
        is_new = name is None
        if name is None:
            name = self._names[sql] = b"inflow_%d" % next(NUMBERS)
            self._connection.send_prepare(name, sql)
        self._connection.send_query_prepared(name, values, formats)
        return (False, True) if is_new else (True,)

    def _flush(self) -> None:
        while self._connection.flush():
            self._wait(IN_AND_OUT)

    def _next(self) -> pq.abc.PGresult | None:
        """Give the next result; between any two comes none, and after a lost line no more."""
        result = self._result() or self._result()
        return None if result is None or result.status == SYNC else result

    def _result(self) -> pq.abc.PGresult | None:
        while self._connection.is_busy():
            self._wait(select.POLLIN)
        return self._connection.get_result()

    def _wait(self, what: int) -> None:
        """Let other threads work until the server says something, or listens."""
        self._poll.modify(self._connection.socket, what)
        self._poll.poll()
        self._connection.consume_input()


def _row(result: pq.abc.PGresult) -> Row | None:
    if result.status != ROWS or not result.ntuples:
        return None
    return tuple(_value(result, column) for column in range(result.nfields))


def _value(result: pq.abc.PGresult, column: int) -> Any:  # noqa: ANN401 - whatever it holds
    value = result.get_value(0, column)
    if value is None:
        return None
    read = READ.get(result.ftype(column))
    return read(value) if read else value.decode()
