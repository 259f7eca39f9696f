"""The last useful line of a process' log."""

import json
import re
from pathlib import Path

TAIL_BYTES = 20_000
SHOWN_CHARACTERS = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_TELLING = re.compile(r"error|exception|refused|cannot|critical|fatal|Traceback", re.IGNORECASE)
_QUIET = ("info", "debug")


def read_tail(log: Path, *, since_byte: int) -> str:
    """The end of the log since this byte; if it cannot be read, a sentence that says so."""
    try:
        with log.open("rb") as file:
            file.seek(max(since_byte, log.stat().st_size - TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError as error:
        return f"its log {log} cannot be read ({error.strerror})"


def last_words(tail: str) -> str:
    """The last line that reports a failure, else the last line; empty if there is none."""
    lines = [text for line in tail.splitlines() if (text := _COLOURS.sub("", line).strip())]
    if not lines:
        return ""
    telling = [line for line in lines if _is_telling(line)]
    return _readable((telling or lines)[-1])[:SHOWN_CHARACTERS]


def _is_telling(line: str) -> bool:
    record = _record_of(line)
    if record:
        return record.get("level") not in _QUIET
    return bool(_TELLING.search(line))


def _readable(line: str) -> str:
    """From a JSON line only the event and its reason."""
    record = _record_of(line)
    parts = [str(record[name]) for name in ("event", "why") if record.get(name)]
    return ": ".join(parts) or line


def _record_of(line: str) -> dict[str, object]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}
