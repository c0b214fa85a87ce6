"""What the log takes back: entries of which later ones say that they did not happen (governance.not_done).

Each is listed in words, so that nothing is explained away unseen. A word is not taken, and is a problem, where the
entry is older than a crash can explain or is of another act. It is a problem too where something that was logged later,
and did happen, builds on what is said never to have been. What was done under an authority is judged all the same
(governance.export.gathering).
"""

from dataclasses import dataclass, field

from governance.acts import Act
from governance.entry import Entry
from governance.export.part import Part
from governance.not_done import LONGEST, NOT_DONE, Recent, is_not_done

_BUILD_ON_NOTHING = frozenset(("page.view", "alert.answer"))
"""Acts that may name what never was: somebody opened an address with that id, or answered a hit that comes again."""


@dataclass(slots=True)
class _Word:
    """Of an entry that it did not happen, said by another; and the entries that build on it."""

    entry: Entry
    by: Entry
    built_on_by: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class TakenBack:
    """void are the indices of entries that did not happen, doubtful those of which nobody knows (yet)."""

    void: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    _recent: Recent = field(default_factory=Recent)
    _words: dict[int, _Word] = field(default_factory=dict)
    _made: dict[str, int] = field(default_factory=dict)
    _refused: list[str] = field(default_factory=list)

    def see(self, entry: Entry) -> None:
        """Pass the next entry, in order."""
        if is_not_done(entry):
            self._word(entry)
            return
        self._recent.add(entry)
        if self._made:
            self._builds_on(entry)

    @property
    def number(self) -> int:
        """How many words there are that acts did not happen, believed or not."""
        return len(self._words) + len(self._refused)

    def tell(self, part: Part) -> None:
        """Put what was found into a part of the report: each word that cannot be true, and each act that was not."""
        for problem in self._problems():
            part.problem(problem)
        for note in self._notes():
            part.note(note)

    def _problems(self) -> list[str]:
        built = (
            f"entry {word.by.index} says that entry {word.entry.index} ({word.entry.act.act}) did not happen, and entry"
            f" {later.index} ({later.act.act}) builds on it"
            for word in self._words.values()
            for later in [each for each in word.built_on_by if each.index not in self._words][:1]
        )
        return [*self._refused, *built]

    def _notes(self) -> list[str]:
        if not self._words:
            return []
        count, words = len(self._words), len({word.by.at for word in self._words.values()})
        said = [f"{count} acts in the log did not happen, by the service's own word, given at {words} times; each:"]
        for index, word in sorted(self._words.items()):
            doubt = "" if index in self.void else ", or so it seems"
            said.append(
                f"entry {index} ({word.entry.act.act} by {word.entry.act.actor}, {word.entry.at:%Y-%m-%d %H:%M:%S})"
                f" did not happen{doubt}: entry {word.by.index}: {word.by.act.details.get('why')}"
            )
        return said

    def _word(self, by: Entry) -> None:
        named = by.act.details.get("entry")
        found = self._recent.get(named) if isinstance(named, int) else None
        if found is None:
            self._refused.append(
                f"entry {by.index} says that entry {named} did not happen: it names none of the entries of the last"
                f" {LONGEST.seconds // 60} minutes before, so no crash explains it, and its word is not taken"
            )
        elif by.act.act != found.act.act + NOT_DONE or by.act.objects != found.act.objects:
            what = f"which is another act ({found.act.act}): its word is not taken"
            self._refused.append(f"entry {by.index} ({by.act.act}) says that entry {named} did not happen, {what}")
        else:
            self._take(found, by)

    def _take(self, found: Entry, by: Entry) -> None:
        (self.void if by.act.details.get("certain") is True else self.doubtful).add(found.index)
        self._words[found.index] = _Word(found, by)
        self._made |= dict.fromkeys(_made_by(found), found.index)
        for later in self._recent.after(found.index):
            self._builds_on(later)

    def _builds_on(self, later: Entry) -> None:
        if later.act.act in _BUILD_ON_NOTHING and not _made_by(later):
            return
        for each in {*later.act.objects.values(), *later.act.commitments} & self._made.keys():
            word = self._words[self._made[each]]
            if later.index <= word.entry.index:
                continue
            if later.act.act == word.entry.act.act:  # done again after the crash
                word.built_on_by.clear()
                del self._made[each]
            elif later.act.act not in _BUILD_ON_NOTHING:
                word.built_on_by.append(later)


def _made_by(entry: Entry) -> list[str]:
    """The ids of the rows that an act makes, by which later acts name them."""
    act = entry.act
    match act.act:
        case "list.entry.add":
            return list(act.commitments)
        case "alert.raise":
            return _named(act, "alert")
        case "alert.answer":
            return _named(act, "answer")
        case "reads.search":
            return _named(act, "search")
    return []


def _named(act: Act, kind: str) -> list[str]:
    return [act.objects[kind]] if kind in act.objects else []
