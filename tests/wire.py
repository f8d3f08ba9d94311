"""A wire to PostgreSQL over which bad news comes late: when something is sent, or not at all."""

import select
import socket
import threading

HOST = "127.0.0.1"
LARGEST = 65536


class Wire:
    """Carries everything, unless told what to keep back."""

    def __init__(self, port: int) -> None:
        self._server = (HOST, port)
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._opened = self._silent = 0
        #: How many answers still come before one is lost, and its line with it.
        self.answers_left: int | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def fall_silent(self) -> None:
        """From now on nothing is heard on the lines that are open, until something is said."""
        self._silent = self._opened

    def stop(self) -> None:
        """Take no more lines; those that are open end with their ends."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            self._opened += 1
            threading.Thread(target=self._carry, args=[line, self._opened], daemon=True).start()

    def _carry(self, line: socket.socket, number: int) -> None:
        with line, socket.create_connection(self._server) as server:
            open_ends = [server, line]
            while True:
                end = select.select(open_ends, [], [])[0][0]
                said = end.recv(LARGEST)
                if end is server and number <= self._silent:
                    open_ends = open_ends if said else [line]
                elif not said or server not in open_ends or (end is server and self._is_lost()):
                    return
                else:
                    (line if end is server else server).sendall(said)

    def _is_lost(self) -> bool:
        if self.answers_left is None:
            return False
        self.answers_left = self.answers_left - 1 if self.answers_left else None
        return self.answers_left is None
