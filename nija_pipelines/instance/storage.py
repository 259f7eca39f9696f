"""Dagster's storage of one home: made, and mended, by one process before any other opens it.

Webserver and daemon would each create it at their first start. Two that do so in the same moment
leave a database that claims two versions of its schema, and no process can open it again.
"""

import fcntl
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nija_pipelines.resources import Home, named_home

if TYPE_CHECKING:
    from alembic.config import Config
    from dagster import DagsterInstance
    from sqlalchemy import Engine, MetaData

DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def prepare_storage(home: Home) -> list[str]:
    """Whole and of this version's schema afterwards; what was mended, a sentence each.

    No run, event or tick is lost: what both creators wrote is the same, save for the second claim.
    """
    import dagster as dg

    with _alone(home.storage_lock):
        made = [path for name in DATABASES if (path := home.dagster / name).exists()]
        told = [line for database in made for line in _mend(database)]
        with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
            _bring_up_to_date(instance, made)
    return told


@contextmanager
def _alone(lock_file: Path) -> Iterator[None]:
    """Whoever comes second waits, and finds it done."""
    with lock_file.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _mend(database: Path) -> Iterator[str]:
    yield from _keep_newest(database)
    yield from _complete(database)


def _keep_newest(database: Path) -> Iterator[str]:
    """Of two versions the newest is the true one: all tables were made in its shape."""
    claims = read_claims(database)
    if len(claims) < 2:  # noqa: PLR2004 - one is as it should be, none is a half made one
        return
    newest = next((known for known in _revisions() if known in claims), claims[0])
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM alembic_version WHERE version_num <> ?", (newest,))
    yield (
        f"{database.name} had {len(claims)} schema versions, because two processes created it at"
        f" the same time; version {newest} and all runs were kept"
    )


def read_claims(database: Path) -> list[str]:
    """The versions that a database claims to have; none before it is stamped."""
    with closing(sqlite3.connect(database)) as connection:
        stamp = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        if stamp.fetchone() is None:
            return []
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return [str(row[0]) for row in rows]


def _revisions() -> list[str]:
    """Every version that this Dagster knows, the newest first."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_alembic())
    return [script.revision for script in scripts.walk_revisions()]


def _alembic() -> "Config":
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from dagster._core.storage.sql import get_alembic_config

    return get_alembic_config(sqlite_run_storage.__file__)


def _complete(database: Path) -> Iterator[str]:
    """A creator that was killed may have left out tables, indexes or the stamp."""
    import sqlalchemy as db
    from dagster._core.storage.sql import stamp_alembic_rev

    claims = read_claims(database)
    if claims not in ([], _revisions()[:1]):
        return  # of an older version, which Dagster's own upgrade brings on
    engine = db.create_engine(f"sqlite:///{database}", poolclass=db.NullPool)
    missing = list(_add_missing(engine, _schema_of(database)))
    if not claims:
        with engine.connect() as connection:
            connection.execute(db.text("PRAGMA journal_mode=WAL"))
            stamp_alembic_rev(_alembic(), connection)
            connection.commit()
        missing.append("the stamp of its version")
    if missing:
        yield f"{database.name} was incomplete; added {', '.join(missing)}"


def _add_missing(engine: "Engine", schema: "MetaData") -> Iterator[str]:
    import sqlalchemy as db

    present = set(db.inspect(engine).get_table_names())
    schema.create_all(engine)
    for table in schema.sorted_tables:
        if table.name not in present:
            yield table.name
            continue
        known = {index["name"] for index in db.inspect(engine).get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in known:
                index.create(engine)
                yield str(index.name)


def _schema_of(database: Path) -> "MetaData":
    from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
    from dagster._core.storage.runs.schema import RunStorageSqlMetadata
    from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata

    schemas = (RunStorageSqlMetadata, SqlEventLogStorageMetadata, ScheduleStorageSqlMetadata)
    return dict(zip((Path(name).name for name in DATABASES), schemas, strict=True))[database.name]


def _bring_up_to_date(instance: "DagsterInstance", made: list[Path]) -> None:
    """What Dagster itself does to a storage of before; nothing where it is one of now."""
    if any(read_claims(database) != _revisions()[:1] for database in made):
        instance.upgrade()
    for step in ("migrate", "optimize"):
        getattr(instance.run_storage, step)()
        getattr(instance.schedule_storage, step)()
    instance.event_log_storage.reindex_events()
    instance.event_log_storage.reindex_assets()


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in prepare_storage(named_home(os.environ)))
