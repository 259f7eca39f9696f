"""Access to the lake's catalogue: one writer at a time, whole transactions, limited waits."""

import fcntl
import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nija_adapters.lake.handover import sync_file
from nija_adapters.lake.schema import create_schema
from nija_domain.errors import LakeBroken, LakeBusy, NijaError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Answer = TypeVar("Answer")

EXTENSIONS = ("sqlite_scanner", "ducklake")
CONTENTION_WORDS = ("locked", "busy", "conflict")
INLINED_ROWS_MAX = 500
ONE_MOMENT = "SET GLOBAL sqlite_disable_multithreaded_scans = true"
DUCKDB_FILES = "ducklake-*.parquet"
CHECKED_BEFORE = {"allow_unsigned_extensions": "true"}
MEMORY_LIMIT = "4GB"
ROWS_OF_ONE_THREAD = 1_000_000
HELD_ROWS = "SELECT sum(record_count) FROM __ducklake_metadata_lake.ducklake_table_stats"
FIRST_PAUSE_S = 0.01
LONGEST_PAUSE_S = 0.25


class Catalogue:
    """A lake that this process has opened; other processes may use it at the same time.

    The connection stays open, because loading the extensions costs more than a small write. Locks
    are held per transaction only. Readers need none: a transaction sees the catalogue as of one
    moment.
    """

    def __init__(self, folder: Path, *, wait_limit_s: float) -> None:
        self._folder = folder.absolute()
        self._wait_limit_s = wait_limit_s
        self._connection: DuckDBPyConnection | None = None

    @property
    def data_folder(self) -> Path:
        """The folder of the Parquet files."""
        return self._folder / "data"

    def read(self, question: Callable[["DuckDBPyConnection"], Answer]) -> Answer:
        """Run a query that changes nothing."""
        with closing(self._attached().cursor()) as cursor, _file_damage_named(self._folder):
            return self._until_free(lambda: question(cursor))

    def write(self, change: Callable[["DuckDBPyConnection"], Answer]) -> Answer:
        """Run a change in one transaction; returns its result once it is committed.

        If another writer came between, the change is run again, so it must have no effects outside
        the lake.
        """
        with (
            closing(self._attached().cursor()) as cursor,
            self.hold(),
            _file_damage_named(self._folder),
        ):
            return self._until_free(lambda: _transact(cursor, self._synced(change)))

    def _synced(
        self, change: Callable[["DuckDBPyConnection"], Answer]
    ) -> Callable[["DuckDBPyConnection"], Answer]:
        """The change, with the files that DuckDB makes for it on the disk; itself it syncs none."""

        def change_and_sync(cursor: "DuckDBPyConnection") -> Answer:
            before = set(self.data_folder.rglob(DUCKDB_FILES))
            answer = change(cursor)
            for path in set(self.data_folder.rglob(DUCKDB_FILES)) - before:
                sync_file(path)
            return answer

        return change_and_sync

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attached(self) -> "DuckDBPyConnection":
        if self._connection is None:
            check_signatures()
            with _damage_named(self._folder), self.hold():
                self._connection = self._until_free(self._connect)
        return self._connection

    def _connect(self) -> "DuckDBPyConnection":
        import duckdb

        config = {**connection_config(self._folder), **CHECKED_BEFORE}
        connection = duckdb.connect(":memory:", config=config)
        try:
            self.attach_to(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def attach_to(self, connection: "DuckDBPyConnection") -> None:
        """Attach the lake to a connection; call it while holding the lock."""
        import duckdb

        for name in EXTENSIONS:
            connection.load_extension(str(_extension_path(name, duckdb.__version__)))
        # In a small lake several threads would mostly wait for each other.
        connection.execute("SET threads = 1")
        # Else DuckDB looks at each table of the catalogue through a connection of its own, at a
        # moment of its own: a merge that is committed between two of them hides rows
        connection.execute(ONE_MOMENT)
        connection.execute(_attachment(self._folder))
        _transact(connection, create_schema)
        ((rows,),) = connection.execute(HELD_ROWS).fetchall()
        if int(rows or 0) > ROWS_OF_ONE_THREAD:
            connection.execute("RESET threads")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Take the write lock; the kernel releases it if the process dies."""
        self._folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "write.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._until_free(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB))
            yield
        finally:
            os.close(descriptor)

    def _until_free(self, attempt: Callable[[], Answer]) -> Answer:
        """The attempt's result, tried again while others are in the way and the limit allows."""
        give_up_at = time.monotonic() + self._wait_limit_s
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return attempt()
            except Exception as error:
                if not _is_contention(error):
                    raise
                if time.monotonic() + pause_s > give_up_at:
                    raise LakeBusy(
                        f"other processes locked the lake {self._folder} for"
                        f" {self._wait_limit_s:g} s; look for one that hangs while"
                        " it writes, then run this again"
                    ) from error
            time.sleep(pause_s)
            pause_s = min(2.0 * pause_s, LONGEST_PAUSE_S)


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    """What keeps a lake from being attached, with what to do about it."""
    import duckdb

    try:
        yield
    except OSError as error:
        raise LakeBroken(
            f"the lake's folder {folder} cannot be used ({error.strerror});"
            " allow this user to write there, free space, or set NIJA_HOME"
        ) from error
    except duckdb.Error as error:
        raise LakeBroken(
            f"the lake in {folder} cannot be opened ({str(error).splitlines()[0]});"
            " restore catalogue.sqlite from a copy, or move the folder away and ingest again"
        ) from error


@contextmanager
def _file_damage_named(folder: Path) -> Iterator[None]:
    """A data file that an attached lake cannot read or write, with what to do about it."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        if not _is_file_damage(error):
            raise
        raise LakeBroken(
            f"a file of the lake in {folder} cannot be used ({str(error).splitlines()[0]});"
            " free space if the disk is full, restore the file from a copy,"
            " or move the folder away and ingest or import again"
        ) from error


def _is_file_damage(error: Exception) -> bool:
    """DuckDB names the file where it is missing or no Parquet file; a torn page has no class."""
    import duckdb

    is_named = isinstance(error, duckdb.IOException) or ".parquet" in str(error)
    return is_named or type(error) is duckdb.Error


def connection_config(folder: Path) -> dict[str, str]:
    """DuckDB's settings: no downloads, and large results spill to disk beside the lake."""
    return {
        "memory_limit": MEMORY_LIMIT,
        "autoinstall_known_extensions": "false",
        "temp_directory": str(folder / "spill"),
    }


@cache
def check_signatures() -> None:
    """Check once per process that the extensions bear DuckDB's signature.

    An extension without it stops the process before any lake is opened.
    """
    import duckdb

    with closing(duckdb.connect(":memory:")) as scratch:
        for name in EXTENSIONS:
            path = _extension_path(name, duckdb.__version__)
            try:
                scratch.load_extension(str(path))
            except duckdb.Error as error:
                raise NijaError(
                    f"{path} is not the extension that DuckDB signed ({error}); install the"
                    " pinned requirements again"
                ) from error


def _transact(
    cursor: "DuckDBPyConnection", change: Callable[["DuckDBPyConnection"], Answer]
) -> Answer:
    import duckdb

    cursor.execute("BEGIN")
    try:
        answer = change(cursor)
        cursor.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a failed commit has already rolled back
            cursor.execute("ROLLBACK")
        raise
    return answer


def _is_contention(error: Exception) -> bool:
    """DuckDB has no class of its own for a catalogue that another process holds."""
    import duckdb

    if isinstance(error, duckdb.Error):
        return any(word in str(error).lower() for word in CONTENTION_WORDS)
    return isinstance(error, BlockingIOError)


def _attachment(folder: Path) -> str:
    """The data path is given anew each time, so that a lake may be moved with its folder.

    So is the count of rows that need no file of their own: as an option it crashes DuckLake.
    """
    place = str(folder).replace("'", "''")
    return (
        f"ATTACH 'ducklake:sqlite:{place}/catalogue.sqlite' AS lake"
        f" (DATA_PATH '{place}/data', OVERRIDE_DATA_PATH true, META_JOURNAL_MODE 'WAL',"
        f" DATA_INLINING_ROW_LIMIT {INLINED_ROWS_MAX})"
    )


def _extension_path(name: str, version: str) -> Path:
    """Extensions come as wheels beside DuckDB; nothing is fetched at run time."""
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    folders = package.submodule_search_locations if package else None
    for folder in folders or ():
        path = Path(folder) / "extensions" / f"v{version}" / f"{name}.duckdb_extension"
        if path.is_file():
            return path
    raise NijaError(
        f"the extension {name} for DuckDB {version} is not installed; install the pinned"
        " requirements again, where both have the same version"
    )
