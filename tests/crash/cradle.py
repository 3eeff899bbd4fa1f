"""Bears cores that may be killed: a fork server that has loaded everything and has no threads, one core after the other."""

import os
import signal
from pathlib import Path

from tests.crash.far import live


class Cradle:
    """A fork server: it has loaded everything, has no threads, and bears one core after the other."""

    def __init__(self, folder: Path) -> None:
        commands, self._ask = os.pipe()
        self._answer, answers = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._ask)
            os.close(self._answer)
            _serve(folder, commands, answers)
        os.close(commands)
        os.close(answers)

    def bear(self) -> None:
        """A core begins to live."""
        os.write(self._ask, b"b")
        os.read(self._answer, 1)

    def kill(self) -> bool:
        """SIGKILL; false when it had ended by itself."""
        os.write(self._ask, b"k")
        return os.read(self._answer, 1) == b"k"

    def close(self) -> None:
        """Ends the server, and its core."""
        os.close(self._ask)
        os.waitpid(self._pid, 0)
        os.close(self._answer)


def _serve(folder: Path, commands: int, answers: int) -> None:
    """The fork server: never returns."""
    child = 0
    while True:
        command = os.read(commands, 1)
        if command == b"b":
            child = os.fork()
            if child == 0:
                live(folder)
            os.write(answers, b"b")
            continue
        ended = b"k"
        if child:
            os.kill(child, signal.SIGKILL)
            ended = b"k" if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL else b"e"
            child = 0
        if command != b"k":
            os._exit(0)
        os.write(answers, ended)
