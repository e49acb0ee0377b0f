"""Receives the words of a sentence and a tree of triggers; hands on which triggers stand where; judges nothing."""

from typing import NamedTuple

from pipelines.indicators.rules import ANY, END, NUMBERS, WILD, YEAR, YEARS, Meaning, Node


class Trigger(NamedTuple):
    """One trigger in a sentence, from word `first` up to word `last`, not included, and what it sets or ends."""

    first: int
    last: int
    meanings: tuple[Meaning, ...]


def left_to_right(tree: Node, words: list[str]) -> list[Trigger]:
    """The longest trigger at each place; where one stands, no other begins, so that a mask hides what is in it."""
    found: list[Trigger] = []
    for trigger in everywhere(tree, words):
        if not found or trigger.first >= found[-1].last:
            found.append(trigger)
    return found


def everywhere(tree: Node, words: list[str]) -> list[Trigger]:
    """The longest trigger at each place."""
    found = []
    for place, node in [(place, tree[word]) for place, word in enumerate(words) if word in tree]:
        if words[place + 1] in node or WILD in node:
            last, meanings = _longest(node, words, place + 1)
            if meanings:
                found.append(Trigger(place, last, meanings))
        elif END in node:
            found.append(Trigger(place, place + 1, node[END]))
    return found


def unmasked(stops: list[Trigger], sets: list[Trigger]) -> list[Trigger]:
    """The stops but for those that are a part of a mask."""
    masks = [trigger for trigger in sets if not trigger.meanings[0].value]
    return [s for s in stops if not any(m.first <= s.first < m.last and (m.first, m.last) != (s.first, s.last) for m in masks)]


def _longest(node: Node, words: list[str], at: int) -> tuple[int, tuple[Meaning, ...]]:
    """Where the longest trigger that goes on from `node` ends, and its meanings; none if no trigger does."""
    longest, meanings = at, node.get(END, ())
    while at < len(words) and WILD not in node:
        found = node.get(words[at])
        if found is None:
            return longest, meanings
        node = found
        at += 1
        if END in node:
            longest, meanings = at, node[END]
    if at < len(words):
        word = words[at]
        for sign in (word, *node[WILD]):
            if sign in node and (sign == word or _stands_for(sign, word)):
                end, other = _longest(node[sign], words, at + 1)
                if other and (end > longest or not meanings):
                    longest, meanings = end, other
    return longest, meanings


def _stands_for(sign: str, word: str) -> bool:
    """Whether a placeholder may stand for the word."""
    if sign == ANY:
        return word[0].isalnum()
    return YEARS.fullmatch(word) is not None if sign == YEAR else word in NUMBERS or word.isdecimal()
