"""Builds the wheel, looks into it, and runs it in an empty environment under a bare Django project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("calguard", "outbound", "accounts_risk")
NEEDED = {
    "calguard": (".html", ".toml", ".txt", ".mo", "py.typed"),  # templates, policy and brands, lists, languages, types
    "outbound": ("py.typed", "0001_initial.py"),
    "accounts_risk": ("py.typed", "0001_initial.py"),
}
SETTINGS = """
INSTALLED_APPS += [
    "calguard.apps.CalguardConfig",
    "outbound.apps.OutboundConfig",
    "accounts_risk.apps.AccountsRiskConfig",
    "django_altcha",
]
MIDDLEWARE += ["calguard.integrations.middleware.CalguardMiddleware"]
EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
CALGUARD = {
    "MODE": "observe",
    "BASE_URL": "https://calendar.example",
    "EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend",
}
CELERY_BROKER_URL = "memory://"
"""
URLS = """
from django.urls import include

urlpatterns += [path("calguard/", include("calguard.urls"))]
"""
INVITATION = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//wheel-check//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:1@wheel-check.example
DTSTAMP:20260601T080000Z
DTSTART:20260610T090000Z
DTEND:20260610T100000Z
SUMMARY:Planning
ORGANIZER:mailto:ann@example.org
ATTENDEE:mailto:bob@example.com
END:VEVENT
END:VCALENDAR
"""


def build(folder: Path) -> Path:
    """The wheel, built in isolation from what this repository says of itself."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=300,
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def look_into(wheel: Path) -> None:
    """Exactly the three packages, each file of them, and nothing that was not committed."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tops = {name.partition("/")[0] for name in names}
    assert tops == set(PACKAGES), f"the wheel holds {sorted(tops)}"
    # Root may check the clone of another user, and git asks for this word then.
    listing = ["git", "-c", f"safe.directory={ROOT}", "ls-files", *PACKAGES]
    tracked = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    assert names == set(tracked), f"missing or too much: {sorted(names ^ set(tracked))}"
    for package, endings in NEEDED.items():
        for ending in endings:
            assert any(n.startswith(f"{package}/") and n.endswith(ending) for n in names), f"{package}: no {ending}"
    catalogues = {n for n in names if n.endswith(".po")}
    assert {n.removesuffix(".po") for n in catalogues} == {n.removesuffix(".mo") for n in names if n.endswith(".mo")}
    print(f"{wheel.name}: {len(names)} files in {', '.join(PACKAGES)}")


def run(folder: Path, *command: str | Path, may_fail: bool = False) -> str:
    """Run in the folder, with nothing of this repository on the path; its output, which must not be a traceback."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "DJANGO", "CALGUARD"))
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    words = " ".join(str(part) for part in command[1:])
    assert "Traceback (most recent call last)" not in done.stderr, f"{words}\n{done.stderr}"
    assert done.returncode == 0 or (may_fail and done.returncode == 1), (
        f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    )
    print(f"  {words}: exit {done.returncode}")
    return done.stdout


def bare_project(folder: Path, wheel: Path) -> tuple[Path, Path]:
    """An environment with the wheel and a project as `startproject` makes it, with the lines of the README added."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pinned = ROOT / "requirements.txt"
    run(folder, python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", pinned, wheel)
    run(folder, python, "-m", "pip", "check")
    run(folder, folder / "venv" / "bin" / "django-admin", "startproject", "bare")
    project = folder / "bare"
    for name, lines in (("settings.py", SETTINGS), ("urls.py", URLS)):
        with (project / "bare" / name).open("a", encoding="utf-8") as file:
            file.write(lines)
    return python, project


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="calguard-wheel-") as temporary:
        folder = Path(temporary)
        wheel = build(folder / "dist")
        look_into(wheel)
        python, project = bare_project(folder, wheel)
        run(project, python, "manage.py", "check", "--fail-level", "ERROR")
        (project / "one.ics").write_text(INVITATION.replace("\n", "\r\n"), encoding="utf-8")
        # Before any migration: a scan needs no database.
        [line] = run(project, python, "manage.py", "calguard_scan", "one.ics").splitlines()
        scanned = json.loads(line)
        assert scanned["verdict"] in {"ALLOW", "OBSERVE"}, scanned
        run(project, python, "manage.py", "migrate", "--verbosity", "0")
        run(project, python, "manage.py", "makemigrations", "--check", "--dry-run")
        said = run(project, python, "manage.py", "calguard_doctor", may_fail=True)
        assert "worker" in said.lower(), said
    print("The wheel installs and runs under a bare Django project.")


if __name__ == "__main__":
    main()
