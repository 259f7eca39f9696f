"""The command line of the simulated venue."""

import argparse
import asyncio
import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NoReturn

from nija_domain.errors import NijaError, SettingsInvalid
from nija_domain.trading.matching import FillModel
from simulator.server import serve
from simulator.settings import SIMULATOR_API_KEY, SIMULATOR_API_SECRET, SimulatorSettings


def main(arguments: list[str]) -> int:
    """Run the simulator; returns the exit status: 1 with one line on stderr if it cannot start."""
    try:
        asyncio.run(serve(settings_of(arguments)))
    except NijaError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def settings_of(arguments: list[str]) -> SimulatorSettings:
    """The settings that these arguments mean; raises for the first that is invalid."""
    return _settings(_parser().parse_args(arguments))


def _settings(given: argparse.Namespace) -> SimulatorSettings:
    return SimulatorSettings(
        port=given.port,
        seed=given.seed,
        speed=given.speed,
        history_bars=given.history_bars,
        future_bars=given.future_bars,
        regime_bars=_range_of(given.regime_bars),
        timeframe=given.timeframe,
        symbols=tuple(given.symbols.split(",")),
        cash=given.cash,
        taker_fee_rate=given.taker_fee_rate,
        fill_model=FillModel(
            spread_bps=given.spread_bps,
            slippage_bps=given.slippage_bps,
            participation_rate=given.participation_rate,
        ),
        # Not on the command line, where every process of the machine could read them.
        api_key=os.environ.get("NIJA_VENUE_API_KEY", SIMULATOR_API_KEY),
        api_secret=os.environ.get("NIJA_VENUE_API_SECRET", SIMULATOR_API_SECRET),
        is_strict=given.strict,
        has_faults=given.faults,
        home=given.home,
    )


class _Parser(argparse.ArgumentParser):
    """Reports an error in one line, like every other error of this program."""

    def error(self, message: str) -> NoReturn:
        raise SettingsInvalid(f"{message}; run python -m simulator --help for all options")


def _parser() -> argparse.ArgumentParser:
    default = SimulatorSettings()
    parser = _Parser(
        prog="python -m simulator", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--port", type=int, default=default.port, help="port to listen on; 0 for any free one")
    _add_market(parser, default)
    _add_account(parser, default)
    add("--home", type=Path, help="folder where the account is stored, to survive a restart")
    add(
        "--faults",
        action="store_true",
        help="allow POST /faults, which makes requests fail on purpose",
    )
    add(
        "--strict",
        action=argparse.BooleanOptionalAction,
        default=default.is_strict,
        help="refuse orders with fields that the venue does not know",
    )
    return parser


def _add_market(parser: argparse.ArgumentParser, default: SimulatorSettings) -> None:
    add = parser.add_argument
    add("--seed", type=int, default=default.seed, help="seed of the generated market")
    add("--speed", type=float, default=default.speed, help="how many times faster than real time")
    add(
        "--history-bars",
        type=int,
        default=default.history_bars,
        help="bars of history at the start",
    )
    add(
        "--future-bars",
        type=int,
        default=default.future_bars,
        help="bars after the start, until the market ends",
    )
    add("--regime-bars", default="60,150", help="shortest and longest length of a regime, in bars")
    add("--timeframe", default=default.timeframe, help="length of one bar of the generated market")
    add("--symbols", default=",".join(default.symbols), help="symbols, separated by commas")


def _add_account(parser: argparse.ArgumentParser, default: SimulatorSettings) -> None:
    parser.add_argument(
        "--cash", type=_decimal, default=default.cash, help="cash in USD at the start"
    )
    _add_costs(parser)


def _add_costs(parser: argparse.ArgumentParser) -> None:
    """What a fill costs."""
    add, costs = parser.add_argument, FillModel()
    add(
        "--taker-fee-rate",
        type=_decimal,
        default=SimulatorSettings().taker_fee_rate,
        help="fee of a taker, as a fraction of the value",
    )
    add(
        "--spread-bps",
        type=_decimal,
        default=costs.spread_bps,
        help="distance between bid and ask, in basis points",
    )
    add(
        "--slippage-bps",
        type=_decimal,
        default=costs.slippage_bps,
        help="how much worse than bid or ask a market order fills, in basis points",
    )
    add(
        "--participation-rate",
        type=_decimal,
        default=costs.participation_rate,
        help="share of a bar's volume that one order can take",
    )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error


def _range_of(text: str) -> tuple[int, int]:
    try:
        shortest, longest = map(int, text.split(","))
    except ValueError as error:
        raise SettingsInvalid(
            f"--regime-bars is {text!r}; write two numbers, such as 60,150"
        ) from error
    return shortest, longest


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
