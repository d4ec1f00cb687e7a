"""Leads Alembic to the hub's SQLite file: DATABASE, or files.db in the folder DATA."""

from os import environ
from os.path import join

from alembic import context
from sqlalchemy import create_engine, event

PATH = environ.get("DATABASE") or join(environ.get("DATA") or "data", "files.db")
URL = f"sqlite:///{PATH}"


def run(**how):
    # One transaction for each migration and its row, so that a killed one leaves nothing.
    context.configure(transaction_per_migration=True, transactional_ddl=True, **how)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run(url=URL, literal_binds=True, dialect_opts={"paramstyle": "named"})
else:
    # The hub may be writing.
    engine = create_engine(URL, connect_args={"timeout": 5})

    # Python's sqlite3 would begin no transaction before DDL.
    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection, _):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.connect() as connection:
        run(connection=connection)
