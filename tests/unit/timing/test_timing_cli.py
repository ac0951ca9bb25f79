"""The time tracker's command line, as its users call it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.timing.cli import main

SCRIPT = Path(__file__).parents[3] / "scripts" / "time_tracker.py"
WHO = ("--phase", "5", "--agent", "model_trainer1")


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_script_with_the_protocols_arguments(tmp_path: Path) -> None:
    log = tmp_path / "output" / "implementation" / "logs" / "phase_5_timing.json"
    assert run(tmp_path, "start", *WHO).returncode == 0
    assert log.exists()
    assert run(tmp_path, "validate", *WHO).returncode == 1
    ended = run(tmp_path, "end", *WHO, "--status", "completed", "--output-path", "r.csv")
    assert (ended.returncode, ended.stderr) == (0, "")
    again = run(tmp_path, "start", *WHO)
    assert (again.returncode, again.stdout) == (2, "")
    assert "--rerun" in again.stderr
    assert "Traceback" not in again.stderr
    assert run(tmp_path, "validate", *WHO).returncode == 0


def test_script_under_an_ascii_locale(tmp_path: Path) -> None:
    who = ("--phase", "5", "--agent", "modèle", "--workspace", "espace_日")
    started = run(tmp_path, "start", *who, LC_ALL="C")
    assert "modèle" in started.stdout
    listed = run(tmp_path, "list", "--workspace", "espace_日", LC_ALL="C")
    assert "modèle" in listed.stdout
    refused = run(tmp_path, "start", *who, LC_ALL="C")
    assert (refused.returncode, "modèle" in refused.stderr) == (2, True)


def tracker(tmp_path: Path, *arguments: str) -> int:
    return main([*arguments, "--workspace", str(tmp_path)])


def test_every_command_in_turn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    who = (*WHO, "--model", "3")
    assert tracker(tmp_path, "start", *who) == 0
    assert tracker(tmp_path, "pause", *who, "--reason", "power cut") == 0
    assert tracker(tmp_path, "resume", *who) == 0
    assert tracker(tmp_path, "end", *who) == 0
    assert tracker(tmp_path, "start", *who, "--rerun") == 0
    assert "(attempt 2)" in capsys.readouterr().out
    assert tracker(tmp_path, "end", *who) == 0
    assert "in 2 attempts" in capsys.readouterr().out
    assert tracker(tmp_path, "list") == 0
    assert "model_trainer1" in capsys.readouterr().out
    assert tracker(tmp_path, "list", "--phase", "4") == 0
    assert "No time was measured yet" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["end", "pause", "resume"])
def test_what_was_never_started(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tracker(tmp_path, command, *WHO) == 2
    assert "was never started" in capsys.readouterr().err


def test_twice_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tracker(tmp_path, "start", *WHO)
    assert tracker(tmp_path, "resume", *WHO) == 2
    assert tracker(tmp_path, "pause", *WHO) == 0
    assert tracker(tmp_path, "pause", *WHO) == 2
    assert tracker(tmp_path, "end", *WHO) == 0
    assert tracker(tmp_path, "end", *WHO) == 2
    assert "has already ended" in capsys.readouterr().err


def test_validate_judges_each_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for agent in ("model_trainer1", "model_trainer2"):
        tracker(tmp_path, "start", "--phase", "5", "--agent", agent)
    tracker(tmp_path, "end", *WHO)
    assert tracker(tmp_path, "validate", "--phase", "5") == 1
    assert "UNFINISHED" in capsys.readouterr().out
    assert tracker(tmp_path, "validate", *WHO) == 0
    assert tracker(tmp_path, "validate", *WHO, "--min-minutes", "1") == 1
    assert "TOO SHORT" in capsys.readouterr().out
    assert tracker(tmp_path, "validate", *WHO, "--max-minutes", "0") == 1
    assert "TOO LONG" in capsys.readouterr().out
    assert tracker(tmp_path, "validate", *WHO, "--model", "9") == 1


@pytest.mark.parametrize(("least", "most"), [("5", "4"), ("-1", "4"), ("nan", "4"), ("0", "nan")])
def test_validate_with_limits_that_are_no_range(tmp_path: Path, least: str, most: str) -> None:
    tracker(tmp_path, "start", *WHO)
    tracker(tmp_path, "end", *WHO)
    limits = (f"--min-minutes={least}", f"--max-minutes={most}")
    assert tracker(tmp_path, "validate", *WHO, *limits) == 2


def test_validate_takes_its_limits_from_the_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tracker(tmp_path, "start", *WHO)
    tracker(tmp_path, "end", *WHO)
    monkeypatch.chdir(tmp_path)
    assert tracker(tmp_path, "validate", *WHO) == 0
    config = tmp_path / "config" / "config.yaml"
    config.parent.mkdir()
    config.write_text("phase_minutes: [5, 60]\n", encoding="utf-8")
    assert tracker(tmp_path, "validate", *WHO) == 1
    assert "TOO SHORT" in capsys.readouterr().out
    assert tracker(tmp_path, "validate", *WHO, "--min-minutes", "0") == 0
    config.write_text("phase_minuts: [5, 60]\n", encoding="utf-8")
    assert tracker(tmp_path, "validate", *WHO) == 2
    assert "did you mean phase_minutes" in capsys.readouterr().err
    config.write_text("- [5, 60]\n", encoding="utf-8")
    assert tracker(tmp_path, "validate", *WHO) == 2


def test_no_log_and_damaged_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "times.json"
    assert main(["validate", "--phase", "5", "--log", str(log)]) == 2
    assert "there is no time log at" in capsys.readouterr().err
    log.write_text("{", encoding="utf-8")
    assert main(["validate", "--phase", "5", "--log", str(log)]) == 2
    assert main(["list", "--log", str(log)]) == 2
    assert "is damaged" in capsys.readouterr().err
    assert main(["start", *WHO, "--log", str(log)]) == 0
    assert main(["list", "--log", str(log)]) == 0
    assert "was set aside as" in capsys.readouterr().out


def test_phase_and_agent_are_required() -> None:
    for arguments in (["start", "--phase", "5"], ["end", "--agent", "a"], ["validate"], []):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2


def test_script_is_an_adapter() -> None:
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 30
