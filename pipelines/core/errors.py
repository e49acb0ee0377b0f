"""The errors of this project, named by whose fault they are.

    StasError
      DataRefused         theirs: a delivery or a row is not what its feed promised   (exit 1, a receipt, never a retry)
      UsageError          the caller's: an unknown feed, a missing file, a bad option (exit 2)
      SystemFault         ours: the run stops loudly                                  (exit 3)
        ConfigFault         a file under schemas/ or expectations/ is wrong: file and key are named
        SourceUnavailable   the network or the sender's server: worth a retry

Every message says what was expected, what was found, where, and what to do. It never repeats a value from a delivery, because a value
could identify somebody.
"""

import re


class StasError(Exception):
    """Base of all errors that this project raises on purpose."""

    exit_code = 3


class DataRefused(StasError):
    """A delivery is refused as a whole.

    `code` is a stable reason from schemas/codes/reasons.csv, `message` what was expected and found, `todo` what the sender does next.
    """

    exit_code = 1

    def __init__(self, code: str, message: str, todo: str) -> None:
        super().__init__(f"{code}: {message} What to do: {todo}")
        self.code, self.message, self.todo = code, message, todo


class UsageError(StasError):
    """The command was called with something that does not exist."""

    exit_code = 2


class SystemFault(StasError):
    """A fault of ours: nothing is stored, the run stops."""


class ConfigFault(SystemFault):
    """A file of the project (feed, table, code list, expectation) contradicts itself or another one."""


class SourceUnavailable(SystemFault):
    """The sender's server could not be reached or broke off; a later try may succeed."""


def codes_of(fault: BaseException | None) -> list[str]:
    """What went wrong, in codes alone: the kind of error, and the reasons of schemas/codes/reasons.csv that its message names."""
    named = re.findall(r"\b[EGRDI]-[A-Z]{3,}\b", str(fault)) if fault is not None else []
    return [type(fault).__name__ if fault is not None else "unknown", *sorted(set(named))]
