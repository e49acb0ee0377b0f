"""The errors of this project, named by whose fault they are.

    StasError
      DataRefused         theirs: a delivery or a row is not what its feed promised   (exit 1, a receipt, never a retry)
      UsageError          the caller's: an unknown feed, a missing file, a bad option (exit 2)
      SystemFault         ours: the run stops loudly                                  (exit 3)
        ConfigFault         a file under schemas/ or expectations/ is wrong: file and key are named
        DiskFull            nothing more can be kept; what was half written is gone
        SourceUnavailable   the network or the sender's server: worth a retry
          FileUnsettled       one file of it: it changed while it was read, or came short
            BrokeOff            its transfer broke off again and again
          PullIncomplete      something was left at the sender's; what did come waits in the landing folder

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


class DiskFull(SystemFault):
    """There is no room for what should be kept. Nothing half-written is left; the next run does the same again."""


class SourceUnavailable(SystemFault):
    """The sender's server could not be reached or broke off; a later try may succeed."""


def codes_of(fault: BaseException | None) -> list[str]:
    """What went wrong, in codes alone: the kind of error, and the reasons of schemas/codes/reasons.csv that its message names."""
    named = re.findall(r"\b[EGRDI]-[A-Z]{3,}\b", str(fault)) if fault is not None else []
    return [type(fault).__name__ if fault is not None else "unknown", *sorted(set(named))]


class FileUnsettled(SourceUnavailable):
    """One file changed while it was read, or is not as long as declared. It is left for the next run."""


class BrokeOff(FileUnsettled):
    """The transfer of one file broke off again and again. When the next files do so as well, it is the source."""


class PullIncomplete(SourceUnavailable):
    """Something was left at the sender's. `landed` are the ids of the deliveries that did come and wait to be admitted."""

    def __init__(self, message: str, landed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.landed = landed
