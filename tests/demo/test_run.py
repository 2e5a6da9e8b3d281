"""What `demo_run` refuses, and what it keeps."""

import socket

import pytest
from django.core.management import CommandError

from demo.management.commands.demo_run import _refuse_taken, _wipe
from demo.secret import make_secret_key, secret_key


def test_a_taken_port_names_the_next(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"PORT={port + 1} make demo"):
            _refuse_taken(port)
    _refuse_taken(port)


def test_starting_over_empties_only_a_demos_folder(tmp_path):
    folder = tmp_path / "var"
    (folder / "mail").mkdir(parents=True)
    (folder / "almanac.sqlite3").touch()
    (folder / "thesis.txt").touch()
    with pytest.raises(CommandError, match=r"thesis\.txt"):
        _wipe(folder)
    assert (folder / "almanac.sqlite3").exists()
    (folder / "thesis.txt").unlink()
    _wipe(folder)
    assert not folder.exists()


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    assert secret_key(tmp_path / "var") != secret_key(tmp_path / "var")
    made = make_secret_key(tmp_path / "var")
    assert make_secret_key(tmp_path / "var") == made == secret_key(tmp_path / "var")
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o077 == 0
