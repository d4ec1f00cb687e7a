"""Carries out one of the SQL files in migrations/, so that each migration is written down once."""

from pathlib import Path

from alembic import op

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def carry_out(name):
    text = (MIGRATIONS / f"{name}.sql").read_text()
    for statement in text.split(";\n"):
        if statement.strip():
            op.execute(statement)
