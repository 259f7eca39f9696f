"""Opens a venue: its market from the seed, its account from its home."""

import hashlib
from collections.abc import Callable, Mapping

import numpy as np

from nija_domain.errors import SettingsInvalid
from nija_domain.market.candles import CandleHistory
from nija_domain.worlds.regime_switching import generate_world
from simulator.chronicle import Chronicle, Entry, Header
from simulator.clock import VenueClock
from simulator.engine import Engine
from simulator.faults import FaultBoard
from simulator.listings import listing_of
from simulator.refusals import Refusal
from simulator.settings import SimulatorSettings
from simulator.tape import Tape
from simulator.venue import Venue


def open_venue(
    settings: SimulatorSettings,
    *,
    monotonic_ns: Callable[[], int],
    faults: FaultBoard | None = None,
    chronicle: Chronicle | None = None,
) -> Venue:
    """A new venue, or the one in the chronicle.

    No venue time passes while a venue is down: it continues from the last moment that it reported.
    """
    tapes = _tapes_of(settings)
    engine = _engine_of(settings, tapes=tapes)
    opening_us = engine.now_us
    if chronicle is not None:
        header = _header_of(settings, tapes=tapes, made_with=chronicle.header())
        _replay(chronicle.entries(header), engine=engine)
        opening_us = max(opening_us, chronicle.now_us)
    world = settings.world
    clock = VenueClock(
        origin_us=opening_us,
        end_us=world.start_us + world.bars * world.timeframe_us,
        speed=settings.speed,
        monotonic_ns=monotonic_ns,
    )
    return Venue(
        engine,
        clock=clock,
        half_spread=float(settings.fill_model.spread_bps) / 2e4,
        is_strict=settings.is_strict,
        faults=faults if faults is not None else FaultBoard(),
        chronicle=chronicle,
    )


def _header_of(
    settings: SimulatorSettings, *, tapes: Mapping[str, Tape], made_with: Header | None
) -> Header:
    """A home may list more symbols than it was made with: its own come first and stay as they were.

    Each symbol's world follows from the seed and its place in the list.
    """
    flags = settings.lasting_flags
    symbols = made_with.settings.get("--symbols", "").split(",") if made_with else []
    if not symbols or list(settings.symbols[: len(symbols)]) != symbols:
        return Header(settings=flags, world=_fingerprint(tapes))
    kept = {symbol: tapes[symbol] for symbol in symbols}
    return Header(settings=flags | {"--symbols": ",".join(symbols)}, world=_fingerprint(kept))


def _tapes_of(settings: SimulatorSettings) -> dict[str, Tape]:
    rng = np.random.default_rng(settings.seed)
    world = generate_world(settings.symbols, settings=settings.world, rng=rng)
    timeframe_us = settings.world.timeframe_us
    return {
        symbol: Tape(candles, timeframe_us=timeframe_us)
        for symbol, candles in world.candles.items()
    }


def _engine_of(settings: SimulatorSettings, *, tapes: Mapping[str, Tape]) -> Engine:
    listings = {
        symbol: listing_of(symbol, taker_fee_rate=settings.taker_fee_rate)
        for symbol in settings.symbols
    }
    world = settings.world
    return Engine(
        tapes,
        listings=listings,
        model=settings.fill_model,
        cash=settings.cash,
        now_us=world.start_us + settings.history_bars * world.timeframe_us,
    )


def _replay(entries: list[Entry], *, engine: Engine) -> None:
    """The same acts at the same moments give the same account."""
    for number, entry in enumerate(entries, start=1):
        engine.advance(entry.at_us)
        try:
            entry.act.carry_out(engine)
        except Refusal as error:
            raise SettingsInvalid(
                f"record {number} in --home cannot be repeated ({error}); another version of the"
                " simulator wrote it; give another --home"
            ) from error


def _fingerprint(tapes: Mapping[str, Tape]) -> str:
    digest = hashlib.sha256()
    for _, tape in sorted(tapes.items()):
        for name in CandleHistory.__struct_fields__:
            digest.update(np.asarray(getattr(tape.candles, name)).tobytes())
    return digest.hexdigest()
