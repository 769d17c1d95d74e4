"""Training from the outside: when it runs, when it does not, what it says when it cannot."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from nlu import training
from nlu.progress import WIDTH, ProgressBar
from nlu.train import main
from nlu.training import ROOT, TrainingFailed, TrainingKilled, fingerprint_of, is_current, train

GOOD = 'version: "3.1"\nnlu:\n- intent: greet_help\n  examples: |\n    - 你好\n    - 菜单\n'


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "nlu"
    folder.mkdir()
    (folder / "greet_help.yml").write_text(GOOD, encoding="utf-8")
    return folder


def test_a_model_that_is_up_to_date_is_not_trained_again(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.tar.gz"
    out.write_bytes(b"the model")
    (tmp_path / "model.tar.gz.sha256").write_text(fingerprint_of(data))
    said: list[str] = []

    assert train(data, out, progress=said.append, rasa=tmp_path / "no rasa") == out
    assert said == [f"model is up to date: {out}"]


def test_a_changed_example_makes_the_model_old(data: Path, tmp_path: Path) -> None:
    before = fingerprint_of(data)
    (tmp_path / "model.tar.gz").write_bytes(b"the model")
    (tmp_path / "model.tar.gz.sha256").write_text(before)

    (data / "greet_help.yml").write_text(GOOD + "    - 在吗\n", encoding="utf-8")

    assert fingerprint_of(data) != before
    assert not is_current(tmp_path / "model.tar.gz", fingerprint_of(data))


def test_training_without_data_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="no training data"):
        train(tmp_path, tmp_path / "model.tar.gz")


def test_training_without_rasa_says_what_to_do(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="make env"):
        train(data, tmp_path / "model.tar.gz", rasa=tmp_path / "no rasa")


def test_a_broken_file_is_named_before_rasa_is_started(data: Path, tmp_path: Path) -> None:
    (data / "broken.yml").write_text("nlu:\n - intent: [", encoding="utf-8")

    with pytest.raises(TrainingFailed, match=r"broken\.yml"):
        train(data, tmp_path / "model.tar.gz")


def test_when_rasa_fails_its_own_words_are_passed_on_and_no_model_is_left(
    data: Path, tmp_path: Path, rasa: Path
) -> None:
    refusing = tmp_path / "rasa"
    refusing.write_text(f"#!/bin/sh\nexec {rasa.parent}/python -c \"raise ValueError('bad pipeline')\"\n")
    refusing.chmod(0o755)

    with pytest.raises(TrainingFailed, match="ValueError: bad pipeline"):
        train(data, tmp_path / "model.tar.gz", rasa=refusing)
    assert not (tmp_path / "model.tar.gz").exists()
    assert not list(tmp_path.glob(".training-*"))


def test_a_long_step_says_how_far_it_is_and_who_ended_it(data: Path, tmp_path: Path) -> None:
    rasa = tmp_path / "rasa"
    lines = "".join(f"echo 'INFO x - encoded {done} of 1000 sentences'\n" for done in range(10, 1001, 10))
    rasa.write_text(f"#!/bin/sh\n{lines}kill -9 $$\n")
    rasa.chmod(0o755)
    told: list[tuple[str, float]] = []

    with pytest.raises(TrainingKilled, match="memory"):
        train(data, tmp_path / "model.tar.gz", rasa=rasa, part=lambda line, share: told.append((line, share)))
    assert told[0] == ("encoded 50 of 1000 sentences", 0.05)
    assert told[-1] == ("encoded 1000 of 1000 sentences", 1.0)
    assert len(told) == 20


STOPPED = """
import sys
from pathlib import Path
from nlu.train import ended_orderly
from nlu.training import train
data, out, rasa = map(Path, sys.argv[1:])
with ended_orderly():
    train(data, out, rasa=rasa, part=lambda line, share: print(line, flush=True))
"""


def test_a_training_that_is_told_to_end_ends_rasa_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    rasa, told = tmp_path / "rasa", tmp_path / "told"
    os.mkfifo(told)
    rasa.write_text(f"#!/bin/sh\nexec 3>{told}\necho $$ >&3\necho 'encoded 1 of 1 sentences'\nexec tail -f /dev/null\n")
    rasa.chmod(0o755)
    command = [sys.executable, "-c", STOPPED, data, tmp_path / "model.tar.gz", rasa]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process, told.open() as living:
        assert process.stdout is not None
        assert process.stdout.readline() == "encoded 1 of 1 sentences\n"
        assert list(tmp_path.glob(".training-*"))
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGTERM
        assert living.readlines()  # ends only when nobody holds the other end any more
    assert not list(tmp_path.glob(".training-*"))


def test_what_a_killed_training_left_is_removed_by_the_next(data: Path, tmp_path: Path) -> None:
    left, running = tmp_path / ".training-left", tmp_path / ".training-running"
    left.mkdir()
    running.mkdir()
    os.utime(left, (0, 0))

    with pytest.raises(TrainingFailed):
        train(data, tmp_path / "model.tar.gz", rasa=Path("/bin/false"))
    assert not left.exists()
    assert running.exists()


def test_the_command_ends_with_code_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "model.tar.gz")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal_is_drawn_over_and_ends_full() -> None:
    out = Terminal()
    with ProgressBar(out, steps=4) as bar:
        for step in ("starts", "training", "trained"):
            bar(step)
        bar.finish()
    drawn = out.getvalue().split("\r\x1b[K")

    assert next(line.count("█") for line in drawn if "starts" in line) == WIDTH // 4
    assert next(line.count("█") for line in drawn if "training" in line) == WIDTH // 2
    assert drawn[-1].count("█") == WIDTH
    assert out.getvalue().count("\n") == 1


def test_a_part_of_a_step_moves_the_bar_and_the_next_step_begins_where_it_ends() -> None:
    out = Terminal()
    with ProgressBar(out, steps=4) as bar:
        bar("starts")
        bar.part("encoded 5 of 10", 0.5)
        bar.part("encoded 10 of 10", 1.0)
        bar("trained")
    drawn = out.getvalue().split("\r\x1b[K")

    assert next(line.count("█") for line in drawn if "5 of 10" in line) == WIDTH * 3 // 8
    assert WIDTH // 4 < next(line.count("█") for line in drawn if "10 of 10" in line) < WIDTH // 2
    assert next(line.count("█") for line in drawn if "trained" in line) == WIDTH // 2


def test_a_training_that_fails_leaves_the_bar_where_it_was() -> None:
    out = Terminal()

    def fail() -> None:
        with ProgressBar(out, steps=4) as bar:
            bar("starts")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert out.getvalue().split("\r\x1b[K")[-1].count("█") == WIDTH // 4


def test_in_a_pipe_every_step_is_a_line() -> None:
    out = StringIO()
    with ProgressBar(out, steps=2) as bar:
        bar("Rasa starts")
        bar("model is ready")

    assert re.fullmatch(r"\[ +\d+\.\d s\] Rasa starts\n\[ +\d+\.\d s\] model is ready\n", out.getvalue())


@pytest.mark.parametrize("name", ["examples.jsonl", "examples.csv"])
def test_the_fingerprint_sees_every_file_that_is_read(name: str, data: Path) -> None:
    before = fingerprint_of(data)
    (data / name).write_text("text,intent\n" if name.endswith("csv") else "\n", encoding="utf-8")

    assert fingerprint_of(data) != before


def test_the_fingerprint_sees_what_the_configuration_names(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, config = tmp_path / "weights.npz", tmp_path / "config.yml"
    weights.write_bytes(b"one")
    config.write_text(f"pipeline:\n- name: some.Encoder\n  at_least: 2\n  encoder: {weights}\n", encoding="utf-8")
    monkeypatch.setattr(training, "CONFIG", config)
    before = fingerprint_of(data)
    weights.write_bytes(b"two")

    assert fingerprint_of(data) != before


def test_the_shipped_dictionaries_are_part_of_the_fingerprint() -> None:
    assert ROOT / "data" / "lexicon" / "places.txt" in training._named_in_config()


def test_an_example_without_text_is_named_with_its_line(data: Path, tmp_path: Path) -> None:
    (data / "some.jsonl").write_text('{"text": "好", "intent": "x"}\n{"text": " ", "intent": "x"}\n', encoding="utf-8")

    with pytest.raises(TrainingFailed, match=r"some\.jsonl:2: an example without text"):
        train(data, tmp_path / "model.tar.gz")
