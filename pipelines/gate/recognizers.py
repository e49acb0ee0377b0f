"""Receives a text; hands on what recognizers that the operator has installed find in it besides; takes nothing back that the gate has found.

A package offers one under the entry point group `stas.recognizers`: a callable that takes a text and gives (start, end) pairs, such as a
spaCy pipeline with a trained model. None is installed by default.
"""

from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import entry_points

Recognizer = Callable[[str], Iterable[tuple[int, int]]]


@cache
def installed() -> tuple[Recognizer, ...]:
    """The recognizers, in the order of their names. One that cannot be loaded stops the run: a text would pass with less scrutiny."""
    return tuple(found.load() for found in sorted(entry_points(group="stas.recognizers"), key=lambda point: point.name))
