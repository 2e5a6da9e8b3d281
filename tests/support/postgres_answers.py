"""Exit 0 where the tests can open a connection to PostgreSQL, else 1 with the reason."""

import sys

from tests.support.parts import why_missing

if __name__ == "__main__":
    sys.exit(why_missing("postgres"))
