"""Many writers of one chained file of lines."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nija_adapters.ledger.ledger import Ledger
from nija_domain.errors import EventInvalid, JournalBroken, NijaError
from nija_domain.events.ledger import (
    LedgerEntry,
    ReleasePromoted,
    ReleasePublished,
    TrialRecorded,
)


def _trial(number: int) -> TrialRecorded:
    return TrialRecorded(
        at_us=number,
        kind="sweep",
        parameters={"preset": "conservative\n", "stop": 1.5},
        metrics={"sharpe": number / 7},
        data_snapshot=3,
        commit="f00d",
    )


def _entries() -> list[LedgerEntry]:
    return [
        _trial(1),
        ReleasePublished(at_us=2, release_id="r-1", fingerprint="ab", parents=("r-0",)),
        ReleasePromoted(at_us=3, channel="paper", release_id="r-1", previous=None, by="gate"),
    ]


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    """Entries come back equal and numbered, from any number on; no file means no entries."""
    ledger = Ledger(tmp_path / "new folder" / "ledger.jsonl")
    before = list(ledger.read())

    acknowledged = [ledger.append(_entries()[:2]), ledger.append([]), ledger.append(_entries()[2:])]

    assert before == []
    assert acknowledged == [2, 2, 3]
    assert list(ledger.read()) == list(enumerate(_entries(), start=1))
    assert list(ledger.read(2)) == [(3, _entries()[2])]


def test_a_metric_that_is_not_finite_is_refused_by_name(tmp_path: Path) -> None:
    """A trial without a number must say so in words; nothing of its batch is written."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    bad = TrialRecorded(
        at_us=1, kind="x", parameters={}, metrics={"sharpe": np.nan}, data_snapshot=1, commit="c"
    )

    with pytest.raises(EventInvalid, match=r"ledger\.jsonl.*metrics.*finite value"):
        ledger.append([_trial(1), bad])
    assert list(ledger.read()) == []


_APPEND_FIFTY = """
import sys
from pathlib import Path
from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import ReleasePublished

for number in range(50):
    Ledger(Path(sys.argv[1])).append(
        [ReleasePublished(at_us=number, release_id=sys.argv[2], fingerprint="", parents=())]
    )
"""


def test_four_processes_at_once_make_one_whole_chain(tmp_path: Path) -> None:
    """Two hundred entries, each writer's own in its order."""
    path = tmp_path / "ledger.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", _APPEND_FIFTY, str(path), name]) for name in "abcd"
    ]
    codes = [writer.wait() for writer in writers]

    entries = [entry for _, entry in Ledger(path).read()]

    assert codes == [0] * 4
    assert len(entries) == 200
    for name in "abcd":
        assert [entry.at_us for entry in entries if entry.release_id == name] == list(range(50))


_APPEND_UNTIL_KILLED = """
import sys
from pathlib import Path
from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import ReleasePublished

number = 0
while True:
    number += 1
    entry = ReleasePublished(at_us=number, release_id="r" * 9000, fingerprint="", parents=())
    print(Ledger(Path(sys.argv[1])).append([entry]), flush=True)
"""


def test_kill_9_loses_no_acknowledged_entry(tmp_path: Path) -> None:
    """Whatever the moment of death, the next writer goes on with a whole chain."""
    path = tmp_path / "ledger.jsonl"
    chance = np.random.default_rng(5)
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", _APPEND_UNTIL_KILLED, str(path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(int(chance.integers(1, 20))):
            acknowledged = int(process.stdout.readline())
        process.kill()
        acknowledged = int([acknowledged, *process.communicate()[0].split()][-1])

        resumed = Ledger(path).append([_trial(1)])

        assert resumed > acknowledged
        assert [sequence for sequence, _ in Ledger(path).read()] == list(range(1, resumed + 1))


def test_a_line_torn_anywhere_is_set_aside_and_the_rest_kept(tmp_path: Path) -> None:
    """Cut at each byte of the last line: acknowledged entries stay, the next one follows them."""
    whole_path = tmp_path / "whole.jsonl"
    Ledger(whole_path).append(_entries())
    whole = whole_path.read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(start, len(whole) - 1):
        path = tmp_path / f"{cut}.jsonl"
        path.write_bytes(whole[:cut])
        ledger = Ledger(path)
        read_before = [entry for _, entry in ledger.read()]

        ledger.append([_trial(9)])

        torn = path.with_name(path.name + ".torn")
        assert read_before == _entries()[:2]
        assert [entry for _, entry in ledger.read()] == [*_entries()[:2], _trial(9)]
        assert cut == start or torn.read_bytes() == whole[start:cut] + b"\n"


def test_a_row_that_lacks_only_its_newline_is_kept(tmp_path: Path) -> None:
    """It may have been acknowledged: it counts at once and the next append closes its line."""
    path = tmp_path / "ledger.jsonl"
    Ledger(path).append(_entries())
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    before = [entry for _, entry in Ledger(path).read()]

    Ledger(path).append([_trial(4)])

    assert before == _entries()
    assert [entry for _, entry in Ledger(path).read()] == [*_entries(), _trial(4)]


def test_no_flipped_byte_changes_what_is_read(tmp_path: Path) -> None:
    """Each flipped byte is refused in our words, or the text says the same as before."""
    path = tmp_path / "ledger.jsonl"
    Ledger(path).append(_entries())
    whole = path.read_bytes()
    refused = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 7)]) + whole[at + 1 :])
        try:
            found = list(Ledger(path).read())
        except JournalBroken:
            refused += 1
        else:
            assert found == list(enumerate(_entries(), start=1)), at

    assert refused > len(whole) - 20


def test_a_full_disk_is_named_and_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    """A size limit on files stands for the full disk."""
    path = tmp_path / "ledger.jsonl"
    Ledger(path).append(_entries())
    append_under_a_limit = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        + _APPEND_UNTIL_KILLED
    )

    said = subprocess.run(
        [sys.executable, "-c", append_under_a_limit, str(path)],
        capture_output=True,
        text=True,
        check=False,
    ).stderr

    assert "NijaError: ledger" in said
    assert "free disk space" in said
    assert [entry for _, entry in Ledger(path).read()] == _entries()
    assert path.read_bytes().endswith(b"\n")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where the folder should be stands for every path that cannot be opened."""
    (tmp_path / "folder").write_text("in the way")

    with pytest.raises(NijaError, match=r"ledger\.jsonl.*writable"):
        Ledger(tmp_path / "folder" / "ledger.jsonl").append([_trial(1)])
