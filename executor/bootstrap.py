"""Connects the executor to the real adapters; nothing else in it names one."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
import structlog

from executor.keeping import StateKeeper
from executor.observe.kill import KillWatch
from executor.ports import Exchange, VerifiedRelease
from executor.recovery import open_session, recover, wait_for_venue
from executor.session import Session
from executor.settings import ExecutorSettings
from nija_adapters.clock.venue_clock import VenueClock, wall_now_us
from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from nija_adapters.home.kill_switch import KillSwitch
from nija_adapters.home.places import Home, chosen_home
from nija_adapters.journal.checking import ChainCheck, JournalCheck
from nija_adapters.journal.emergency import EmergencyJournal
from nija_adapters.journal.snapshots import JournalSnapshots
from nija_adapters.logs.lines import configure_logs
from nija_adapters.release_store.directives import Directives
from nija_adapters.release_store.keys import load_trusted_keys
from nija_adapters.release_store.store import ReleaseStore
from nija_adapters.settings.hard_limits import load_limits
from nija_adapters.settings.loading import load_settings
from nija_adapters.settings.sections import SECTIONS
from nija_adapters.version.commit import Version, read_version
from nija_adapters.version.rules import rules_fingerprint
from nija_domain.capital.limits import HardLimits
from nija_domain.errors import JournalBroken, NijaError, PlaceUnusable, ReleaseInvalid
from nija_domain.releases.content import unpack_content
from nija_domain.releases.directive import Directive

log = structlog.get_logger("executor")

CHECK_PAUSE_S = 0.001
"""Between two stretches of the chain: its check takes a fraction of one core."""


class Program(msgspec.Struct, frozen=True):
    """What one start of the executor uses: home, settings, limits, version."""

    home: Home
    settings: ExecutorSettings
    limits: HardLimits
    version: Version


class ChannelReleases:
    """The release that a channel points to, verified with the trusted keys of the home."""

    def __init__(self, home: Home, channel: str) -> None:
        self._store = ReleaseStore(home.releases)
        self._keys = home.keys
        self._channel = channel
        self._directives = Directives(home.directives(channel))

    def pointed_release_id(self) -> str | None:
        """The id of the current release; None before the first promotion."""
        pointer = self._store.read_pointer(self._channel)
        return pointer.release_id if pointer else None

    def load_verified(self) -> VerifiedRelease:
        """The current release, if it is complete, signed by a trusted key and readable."""
        pointer = self._store.read_pointer(self._channel)
        if pointer is None:
            raise ReleaseInvalid(
                f"channel {self._channel} points to no release; promote a release first"
            )
        release = self._store.load_pointed(pointer, trusted_keys=load_trusted_keys(self._keys))
        content = unpack_content(dict(release.bundle.files))
        return VerifiedRelease(pointer.release_id, pointer.fingerprint, content)

    def directives_after(self, number: int) -> list[int]:
        """The numbers of all directives after this one."""
        return self._directives.numbers_after(number)

    def load_directive(self, number: int) -> Directive:
        """One directive, if a trusted key signed it."""
        return self._directives.load(number, trusted_keys=load_trusted_keys(self._keys))


def read_program(config: Path) -> Program:
    """Read settings from files and environment; an unknown key stops the start."""
    settings = load_settings(
        ExecutorSettings,
        path=config / "nija.toml",
        section="executor",
        sections=SECTIONS,
        environ=os.environ,
    )
    limits = load_limits(config, os.environ)
    version = read_version()
    configure_logs("executor", build_id=version.build_id)
    return Program(chosen_home(os.environ), settings, limits, version)


def kill_switch(home: Home) -> KillSwitch:
    """The switch that a file of this home is."""
    return KillSwitch(home.kill_file, home.disarm_file)


@contextmanager
def open_journal(path: Path) -> Iterator[EmergencyJournal]:
    """Open the journal for writing; no second process can do so at the same time."""
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlaceUnusable(
            f"{folder} cannot be created ({error.strerror}); allow this user to write there, or set"
            " NIJA_HOME to another folder"
        ) from error
    journal = EmergencyJournal.open(path)
    try:
        yield journal
    finally:
        journal.close()


@asynccontextmanager
async def chain_followed(path: Path, *, stop: asyncio.Event) -> AsyncIterator[None]:
    """The whole chain is followed in a thread; where it breaks, the session ends as a start would.

    A start reads no more than what came after its snapshot.
    """
    enough = threading.Event()
    check = asyncio.create_task(asyncio.to_thread(_follow_chain, path, enough))
    check.add_done_callback(lambda done: stop.set() if done.exception() else None)
    try:
        yield
    finally:
        enough.set()
        await asyncio.wait([check])
    await check


def _follow_chain(path: Path, enough: threading.Event) -> None:
    check = JournalCheck(path)
    before = check.last_check()
    log.info("following the journal's chain", followed_before=before.sequence if before else 0)
    found = check.follow(pause_s=CHECK_PAUSE_S, stop=enough)
    if found.fault:
        log.error("the journal's chain is broken", why=str(found.fault))
        # The next start shall read everything, and refuse before it trades.
        JournalSnapshots(path, rules="").forget()
        raise found.fault
    if not (found.is_complete and found.last):
        return
    log.info("the journal's chain is whole", records=found.records)
    try:
        check.note(ChainCheck(sequence=found.records, hash=found.last.hash, at_us=wall_now_us()))
    except JournalBroken:
        raise
    except NijaError as error:
        # A full disk must not end a kill that needs none.
        log.warning("the check of the chain could not be noted", why=str(error))


@asynccontextmanager
async def open_exchange(settings: ExecutorSettings) -> AsyncIterator[KrakenExchange]:
    """Connect to the venue of the settings."""
    exchange = KrakenExchange(
        ExchangeSettings(
            api_url=settings.venue_url,
            api_key=settings.api_key,
            secret=settings.api_secret,
            timeout_ms=settings.venue_timeout_ms,
            private_per_second=settings.requests_per_second_max,
            public_per_second=settings.requests_per_second_max,
            dry_run=settings.dry_run,
        )
    )
    try:
        yield exchange
    finally:
        await exchange.close()


async def start_session(
    program: Program, *, journal: EmergencyJournal, exchange: Exchange, switch: KillSwitch
) -> Session:
    """Rebuild the state from the journal, wait for the venue, and record the start.

    A kill that was ordered meanwhile comes first: it needs no journal that can be written.
    """
    snapshots = JournalSnapshots(program.home.journal, rules=rules_fingerprint())
    recovered = recover(journal, snapshots)
    origin_us = await wait_for_venue(exchange, program.settings)
    session = Session(
        recovered.state,
        settings=program.settings,
        journal=journal,
        exchange=exchange,
        releases=ChannelReleases(program.home, program.settings.channel),
        clock=VenueClock(origin_us, speed=program.settings.venue_speed),
        candidates={
            name: ChannelReleases(program.home, name) for name in program.settings.candidates
        },
    )
    session.keeper = StateKeeper(snapshots, kept=recovered.kept)
    session.emergency = journal
    await KillWatch(switch).observe_kill(session)
    await open_session(
        session,
        limits=program.limits,
        symbols=program.settings.symbols,
        version=(program.version.version, program.version.commit),
    )
    return session
