"""The first list that names a symbol is in use, and what cannot be traded is passed over."""

import pytest

from nija_domain.universe.chain import choose_symbols

LISTS = {
    "scanner": ("A/USD", "B/USD"),
    "trend_symbols": ("C/USD",),
    "strategy_symbols": ("D/USD",),
    "trade_symbols": ("E/USD", "E/USD"),
}


@pytest.mark.parametrize(
    ("without", "source", "symbols"),
    [
        ((), "scanner", ("A/USD", "B/USD")),
        (("scanner",), "trend_symbols", ("C/USD",)),
        (("scanner", "trend_symbols"), "strategy_symbols", ("D/USD",)),
        (("scanner", "trend_symbols", "strategy_symbols"), "trade_symbols", ("E/USD",)),
        (tuple(LISTS), "", ()),
    ],
)
def test_the_first_list_that_names_any(
    without: tuple[str, ...], source: str, symbols: tuple[str, ...]
) -> None:
    """Scanner, kind, strategies, trading: in this order; an empty list is no list."""
    lists = {name: () if name in without else named for name, named in LISTS.items()}
    chosen = choose_symbols(lists, kind="trend", obstacles={})

    assert (chosen.source, chosen.symbols) == (source, symbols)


def test_another_kind_has_another_list() -> None:
    """The symbols of one kind of strategy are not those of another."""
    lists = {"trend_symbols": ("C/USD",), "trade_symbols": ("E/USD",)}

    assert choose_symbols(lists, kind="revert", obstacles={}).source == "trade_symbols"


def test_a_list_passes_over_a_halted_symbol() -> None:
    """What a person wrote down is told where it cannot be had; the list stays in use."""
    lists = {"trade_symbols": ("E/USD", "F/USD")}
    chosen = choose_symbols(lists, kind="trend", obstacles={"E/USD": "halted"})

    assert chosen.symbols == ("F/USD",)
    assert chosen.left_out == {"E/USD": "halted"}
