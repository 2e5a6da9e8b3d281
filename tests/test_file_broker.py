"""Messages of the file broker appear whole, however many write while one reads."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from queue import Empty

from kombu import Connection

ROOT = Path(__file__).resolve().parents[1]
WRITER = """
import sys
from kombu import Connection
folder = sys.argv[1]
options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
with Connection(transport="demo.broker:Transport", transport_options=options) as connection:
    channel = connection.channel()
    for number in range(400):
        channel._put("calguard", {"writer": sys.argv[2], "number": number, "pad": "x" * 4000})
"""


def test_a_reader_never_meets_half_a_message(tmp_path: Path) -> None:
    options = dict.fromkeys(("data_folder_in", "data_folder_out", "control_folder"), str(tmp_path))
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(number)], cwd=ROOT) for number in range(3)
    ]
    seen: set[tuple[str, int]] = set()
    with Connection(transport="demo.broker:Transport", transport_options=options) as connection:
        channel = connection.channel()
        deadline = time.monotonic() + 60
        while len(seen) < 1200 and time.monotonic() < deadline:
            try:
                message = channel._get("calguard")
            except Empty:
                time.sleep(0.001)
                continue
            seen.add((message["writer"], message["number"]))
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(seen) == 1200
    assert list(tmp_path.glob("*.unfinished")) == []
