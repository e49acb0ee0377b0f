"""Trying again: waits that double, and a transfer that goes on where it broke off.

Receives what to do once; hands on what came of it; raises SourceUnavailable when the tries are used up. Waits are the same every time: the
feeds start apart by their schedule, and a server that wants its clients spread out says Retry-After.
"""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from pipelines.core.errors import BrokeOff, FileUnsettled, SourceUnavailable
from pipelines.intake.transports import BLOCK

TRIES = 6
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
TIMEOUT_S = 30.0

T = TypeVar("T")


class Interrupted(Exception):
    """A try failed in a way that another may not. `wait_s`: how long the server asks to be left alone."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


class _Patience:
    """Counts the tries and waits between them."""

    def __init__(self, what: str) -> None:
        self._what, self._tried = what, 0

    def renew(self) -> None:
        """Start counting anew: there was progress."""
        self._tried = 0

    def spend(self, cut: Interrupted, fault: type[SourceUnavailable] = SourceUnavailable) -> None:
        """Wait before the next try; raise the fault when there is none left, or the server asks for more time than a task should sleep."""
        wait = min(FIRST_WAIT_S * 2**self._tried, LONGEST_WAIT_S) if cut.wait_s is None else cut.wait_s
        self._tried += 1
        if wait > LONGEST_WAIT_S:
            raise SourceUnavailable(f"{self._what}: the server asks to be left alone for {wait:.0f} s ({cut}). A later run continues.") from None
        if self._tried >= TRIES:
            raise fault(f"{self._what}: gave up after {TRIES} tries ({cut}). A later run continues.") from None
        time.sleep(wait)


def attempt(what: str, action: Callable[[], T]) -> T:
    """Do something until it is not interrupted. `what` names it in the error."""
    patience = _Patience(what)
    while True:
        try:
            return action()
        except Interrupted as cut:
            patience.spend(cut)


def resumed(what: str, size: int | None, blocks_from: Callable[[int], Iterator[bytes]]) -> Iterator[bytes]:
    """The blocks of a file from its start. After a cut it is asked for from there on; a block's worth of progress renews the patience.

    Raises BrokeOff when it keeps breaking off, FileUnsettled when it has more than `size` bytes.
    """
    done, patience = 0, _Patience(what)
    while True:
        start = done
        try:
            for block in blocks_from(start):
                done += len(block)
                yield block
            if size is None or done == size:
                return
            if done > size:
                raise FileUnsettled(f"{what}: {size} bytes were declared, more came. It is left for the next run.")
            raise Interrupted(f"{done} of {size} bytes came")
        except Interrupted as cut:
            if done - start >= BLOCK:
                patience.renew()
            patience.spend(cut, BrokeOff)
