"""List the newest blobs first without sorting."""

from statements import carry_out

revision = "0002"
down_revision = "0001"


def upgrade():
    carry_out("0002_newest_first.up")


def downgrade():
    carry_out("0002_newest_first.down")
