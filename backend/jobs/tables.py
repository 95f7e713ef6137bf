"""The store's tables and how a database is opened and brought up to date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    select,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from ..errors import BadInput

SCHEMA_VERSION = 1
BUSY_TIMEOUT_MS = 10_000

metadata = MetaData()

# SQLite numbers rows by itself only in a column of exactly the type INTEGER, which there has 64 bits.
_LONG = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "museum_meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("seq", _LONG, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("task", String(80), nullable=False),
    Column("engine", String(80), nullable=False),
    Column("device", String(40), nullable=False),
    Column("label", Text, nullable=False),
    Column("idempotency_key", String(128), nullable=False, unique=True),
    Column("params", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("progress", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("interruptions", Integer, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("created", Float, nullable=False),
    Column("queued", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("error", Text),
    Column("results", Text, nullable=False),
    Index("jobs_by_state", "state", "device", "seq"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("id", _LONG, primary_key=True, autoincrement=True),
    Column("job_id", String(32), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("data", Text, nullable=False),
    Column("created", Float, nullable=False),
    Index("events_by_job", "job_id", "id"),
    # Without this SQLite gives the ids of deleted rows again, and a resumed stream would miss events.
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size", _LONG, nullable=False),
    Column("created", Float, nullable=False),
)

MIGRATIONS: dict[int, Callable[[Connection], None]] = {}
"""version -> what brings a database of that version to the next one."""


def open_database(url: str) -> Engine:
    """An engine on an up-to-date database.

    On SQLite every transaction takes the write lock when it begins, unless its connection has the execution
    option ``museum_read``: a transaction that first reads and then writes can so never fail half-way.
    Raises BadInput when the URL or what is there cannot be used.
    """
    try:
        engine = create_engine(url, **_options(url))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise BadInput(f"The store URL cannot be used ({error}).", "Give an SQLAlchemy URL.") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with engine.begin() as connection:
            _bring_up_to_date(connection)
    except DatabaseError as error:
        engine.dispose()
        raise BadInput(
            f"The job store cannot be opened ({error.orig}).",
            "Check the disk, or the database server; a damaged jobs.sqlite3 can be moved away to start afresh.",
        ) from error
    except BadInput:
        engine.dispose()
        raise
    return engine


def _options(url: str) -> dict[str, Any]:
    # One connection for each thread that the server may use; more than the pool keeps are opened and closed again.
    options: dict[str, Any] = {"pool_size": 8, "max_overflow": 64}
    if not url.startswith("sqlite"):
        options["pool_pre_ping"] = True
    return options


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Transactions are begun by hand (below); the driver would begin them late, after the first read.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("museum_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _bring_up_to_date(connection: Connection) -> None:
    metadata.create_all(connection)
    stored = connection.execute(select(meta.c.value).where(meta.c.key == "schema_version")).scalar()
    if stored is None:
        connection.execute(meta.insert().values(key="schema_version", value=str(SCHEMA_VERSION)))
        return
    version = int(stored)
    if version > SCHEMA_VERSION:
        raise BadInput(
            f"The job store was written by a newer version (schema {version}, this one knows {SCHEMA_VERSION}).",
            "Update the backend, or choose another data folder.",
        )
    while version < SCHEMA_VERSION:
        MIGRATIONS[version](connection)
        version += 1
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value=str(version)))
