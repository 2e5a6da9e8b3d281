"""`python -m tests.fuzz SECONDS`: mutate the seeds for so long, and stop at the first input for which something fails.

What it finds is left in build/fuzz; every finding belongs into test_findings.py, made small.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

FOUND = Path("build/fuzz")
SLOW = 10  # seconds for one input of at most LONGEST octets, far beyond what a loaded machine explains
LONGEST = 65_536


def main() -> int:
    if find_spec("atheris") is None:
        print("fuzz: skipped, as atheris is not installed (it has no wheel for this Python or platform)")
        return 0
    import atheris

    with atheris.instrument_imports(include=["calguard.content", "calguard.detectors", "calguard.engine"]):
        from tests.fuzz.properties import holds
        from tests.fuzz.seeds import write

    logging.disable(logging.ERROR)  # a detector that raises is told by `holds`
    FOUND.mkdir(parents=True, exist_ok=True)
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    with tempfile.TemporaryDirectory(prefix="calguard-fuzz-") as folder:
        write(Path(folder))
        told = [f"-max_total_time={seconds}", f"-timeout={SLOW}", f"-max_len={LONGEST}", f"-artifact_prefix={FOUND}/"]
        atheris.Setup([sys.argv[0], *told, "-rss_limit_mb=1024", "-print_final_stats=1", folder], holds)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
