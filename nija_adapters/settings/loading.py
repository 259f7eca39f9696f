"""Reads one program's settings; an unknown key is refused."""

import difflib
import json
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from nija_domain.errors import SettingsInvalid

Settings = TypeVar("Settings", bound=msgspec.Struct)

_PREFIX = "NIJA"
_OTHER_PREFIXES = {"governor": "CAPITAL"}
_SECRET = "secret"  # noqa: S105 - what such names hold is never repeated
_LISTS = (msgspec.inspect.VarTupleType, msgspec.inspect.ListType, msgspec.inspect.SetType)


class _Given(msgspec.Struct, frozen=True):
    """One value as it was found, and where; text stands for any type, a TOML value for its own."""

    value: object
    place: str
    is_text: bool


def load_settings(
    settings_type: type[Settings],
    *,
    path: Path | None,
    section: str,
    sections: Collection[str],
    environ: Mapping[str, str],
    is_file_only: bool = False,
) -> Settings:
    """Read the settings: defaults, then the file's section, then variables `NIJA_SECTION_FIELD`.

    The variables of [governor] are `CAPITAL_GOVERNOR_FIELD`.

    Fields in `own_variables` can also be set without that prefix; the prefixed variable wins.
    `path=None` means no file; a given path must exist. Where the file alone counts, a variable is
    refused, so that nobody believes that it changed something.
    """
    fields = {field.name: field for field in msgspec.structs.fields(settings_type)}
    given = _from_file(path, section=section, sections=sections) if path else {}
    given |= {
        name.lower(): _Given(environ[name], place=f"variable {name}", is_text=True)
        for name in getattr(settings_type, "own_variables", ())
        if name in environ
    }
    from_environ = _from_environ(environ, section=section, sections=sections)
    if is_file_only and from_environ:
        place = next(iter(from_environ.values())).place
        raise SettingsInvalid(f"{place} is read by no program; write [{section}] of {path} instead")
    given |= from_environ
    for name, found in given.items():
        if name not in fields:
            raise SettingsInvalid(f"{found.place} is unknown; {_nearest(name, known=fields)}")
    for name, field in fields.items():
        if field.required and name not in given:
            variable = f"{_prefix_of(section)}_{section}_{name}".upper()
            raise SettingsInvalid(f"setting {name} of [{section}] is missing; set {variable}")
    values = {name: _convert(found, field=fields[name]) for name, found in given.items()}
    try:
        return settings_type(**values)
    except (ValueError, TypeError, SettingsInvalid) as error:
        places = _places_named(str(error), given=given) or f"section [{section}] of {path}"
        raise SettingsInvalid(f"{places} is invalid: {error}") from error


def _places_named(message: str, *, given: Mapping[str, _Given]) -> str:
    """Where the values stand that the refusal speaks of."""
    words = set(re.findall(r"\w+", message))
    return "; ".join(found.place for name, found in given.items() if name in words)


def _from_file(path: Path, *, section: str, sections: Collection[str]) -> dict[str, _Given]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsInvalid(
            f"settings file {path}: {error.strerror}; create it, or name another file"
        ) from error
    except ValueError as error:
        raise SettingsInvalid(
            f"settings file {path} is not valid TOML: {error}; correct it"
        ) from error
    for name, table in tables.items():
        if not isinstance(table, dict):
            remedy = "keys belong below a section"
            if name in sections:
                remedy = f"write [{name}] and keys below it"
            raise SettingsInvalid(f"{path}: {name} stands outside a section; {remedy}")
        if name not in sections:
            raise SettingsInvalid(
                f"{path}: section [{name}] is unknown; {_nearest(name, known=sections)}"
            )
    return {
        key: _Given(value, place=f"{path}: key {key} of [{section}]", is_text=False)
        for key, value in tables.get(section, {}).items()
    }


def _from_environ(
    environ: Mapping[str, str], *, section: str, sections: Collection[str]
) -> dict[str, _Given]:
    own = f"{_prefix_of(section)}_{section}_".upper()
    foreign = f"{_PREFIX}_{section}_".upper()
    if own != foreign and (unread := [name for name in environ if name.startswith(foreign)]):
        right = unread[0].replace(foreign, own, 1)
        raise SettingsInvalid(f"variable {unread[0]} is read by no program; name it {right}")
    # NIJA_LAKE_CACHE_SIZE belongs to [lake_cache] where there is one, and to [lake] else.
    longer = tuple(
        stem
        for stem in (f"{_PREFIX}_{other}_".upper() for other in sections)
        if stem.startswith(own) and stem != own
    )
    return {
        name.removeprefix(own).lower(): _Given(text, place=f"variable {name}", is_text=True)
        for name, text in environ.items()
        if name.startswith(own) and not (longer and name.startswith(longer))
    }


def _prefix_of(section: str) -> str:
    return _OTHER_PREFIXES.get(section, _PREFIX)


def _convert(found: _Given, *, field: msgspec.structs.FieldInfo) -> object:
    value = found.value
    shown = f" ({field.name} = {json.dumps(value, default=str)})"
    if found.is_text or _SECRET in field.name:
        shown = ""
    if found.is_text and isinstance(msgspec.inspect.type_info(field.type), _LISTS):
        value = [part.strip() for part in str(value).split(",") if part.strip()]
    try:
        return msgspec.convert(value, field.type, strict=not found.is_text, dec_hook=_to_path)
    except msgspec.ValidationError as error:
        remedy = _allowed(field) or "change its value"
        raise SettingsInvalid(f"{found.place}{shown} is invalid: {error}; {remedy}") from error


def _allowed(field: msgspec.structs.FieldInfo) -> str | None:
    kind = msgspec.inspect.type_info(field.type)
    if not isinstance(kind, msgspec.inspect.LiteralType):
        return None
    return f"allowed: {', '.join(map(str, kind.values))}"


def _to_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise msgspec.ValidationError(f"expected {kind.__name__}, got {type(value).__name__}")


def _nearest(name: str, *, known: Collection[str]) -> str:
    # A shorter name of before: `preset` is nearer to `strategy_preset` than its letters say.
    longer = sorted(other for other in known if other.endswith(f"_{name}"))
    matches = longer or difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if matches:
        return f"did you mean {' or '.join(matches)}?"
    return f"known: {', '.join(sorted(known)) or 'none'}"
