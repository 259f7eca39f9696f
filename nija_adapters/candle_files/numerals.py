"""Finds out whether point or comma is the decimal mark: once per file, never per cell."""

from typing import TYPE_CHECKING

import msgspec

from nija_adapters.candle_files.text import FileUnreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

_PLAIN = r"^[+-]?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?$"
_GROUPED = r"^[+-]?[1-9]\d{{0,2}}({group}\d{{3}})+({mark}\d+)?$"


class Numerals(msgspec.Struct, frozen=True):
    """How a file writes numbers. Commas group thousands only if some cell proves it."""

    has_decimal_commas: bool = False
    has_comma_groups: bool = False

    def read(self, texts: "pl.Series") -> "tuple[pl.Series, str]":
        """The numbers, null where there is none, and how marks were read."""
        import polars as pl

        mark, group = (",", ".") if self.has_decimal_commas else (".", ",")
        marked = _is_grouped(texts, mark=mark)
        if self.has_decimal_commas:
            marked |= _is_plain(texts, mark=mark) & texts.str.contains(mark, literal=True)
        elif not self.has_comma_groups:
            marked &= False
        read = texts.str.replace_all(group, "", literal=True).str.replace(mark, ".", literal=True)
        numbers = texts.zip_with(~marked, read).cast(pl.Float64, strict=False)
        style = "decimal commas" if self.has_decimal_commas else "separated thousands"
        return numbers, style if marked.any() else ""


def numerals_of(columns: "Mapping[str, pl.Series]", *, is_point_certain: bool) -> Numerals:
    """Decide by a cell that has only one reading; else by the commas that separate cells."""
    points = commas = groups = doubt = ""
    for name, texts in columns.items():
        pointed = _is_plain(texts, mark=".") | _is_grouped(texts, mark=".")
        comma = _is_plain(texts, mark=",") | _is_grouped(texts, mark=",")
        grouped = _is_grouped(texts, mark=".") & ~comma
        both = pointed & comma & texts.str.contains(".", literal=True)
        points = points or _first(name, texts, pointed & ~comma)
        commas = commas or _first(name, texts, comma & ~pointed)
        groups = groups or _first(name, texts, grouped)
        doubt = doubt or _first(name, texts, both)
    if points and commas:
        text = (
            f"{points} has one style of numbers, {commas} another; use one style in the whole file"
        )
        raise FileUnreadable("style", text)
    has_commas = any(texts.str.contains(",", literal=True).any() for texts in columns.values())
    if doubt and not (points or commas or (is_point_certain and not has_commas)):
        text = f"{doubt} is ambiguous: it has a decimal point or a thousands separator"
        raise FileUnreadable("style", text)
    return Numerals(bool(commas), bool(groups))


def _is_plain(texts: "pl.Series", *, mark: str) -> "pl.Series":
    return texts.str.contains(_PLAIN.format(mark=f"[{mark}]")).fill_null(value=False)


def _is_grouped(texts: "pl.Series", *, mark: str) -> "pl.Series":
    group = "," if mark == "." else "."
    pattern = _GROUPED.format(mark=f"[{mark}]", group=f"[{group}]")
    return texts.str.contains(pattern).fill_null(value=False)


def _first(name: str, texts: "pl.Series", found: "pl.Series") -> str:
    row = found.arg_max() if found.any() else None
    return "" if row is None else f"{name} {texts[row]!r} in row {row}"
