"""Keep what is known of each blob."""

from statements import carry_out

revision = "0001"
down_revision = None


def upgrade():
    carry_out("0001_init.up")


def downgrade():
    carry_out("0001_init.down")
