"""The leak bound: which share of the bearers of surnames the gate would let through, by where the name stands in a sentence.

Each of the 88,799 surnames of the 1990 census (public domain; as the package `names` carries them), weighted by how many bear it, is put
into ordinary sentences and gated. What the list rounds to 0.000 per cent is counted as 0.0002.
"""

from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa

LEAST = 0.0002
FRAMES = {
    "capitalised, mid-sentence": (
        "We saw {Name} at work yesterday.",
        "The caller said that {Name} keeps the money.",
        "It was given to {Name} last week.",
    ),
    "small letters, mid-sentence": (
        "We saw {name} at work yesterday.",
        "The caller said that {name} keeps the money.",
        "It was given to {name} last week.",
    ),
    "start of a sentence": ("{Name} was at work yesterday.", "{Name} keeps the money.", "{Name} told the workers to wait."),
}


def surnames() -> dict[str, float]:
    """Surname in small letters -> its bearers in per cent of the population."""
    spec = find_spec("names")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("The leak bound needs the package `names` (make peers).")
    path = Path(spec.submodule_search_locations[0]) / "dist.all.last"
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {row[0].lower(): max(float(row[1]), LEAST) for row in rows}


def passing(weights: dict[str, float], frame: str) -> list[str]:
    """The surnames that can still be read after the gate, when they stand in a frame."""
    from pipelines.gate.mask import mask

    listed = list(weights)
    masked = mask(pa.array([frame.format(name=name, Name=name.capitalize()) for name in listed])).texts.to_pylist()
    before = frame.lower().format(name="\0").split("\0")[0]
    return [name for name, text in zip(listed, masked, strict=True) if text is not None and text.lower().startswith(before + name)]


def leak_bound() -> dict[str, dict[str, float]]:
    """Per place in a sentence and frame: the share of all bearers of surnames whose name would pass."""
    weights = surnames()
    total = sum(weights.values())
    return {place: {frame: sum(weights[name] for name in passing(weights, frame)) / total for frame in frames} for place, frames in FRAMES.items()}
