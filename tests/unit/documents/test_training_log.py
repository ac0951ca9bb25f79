"""The training log survives somebody else's starting the same training."""

from assay.documents.training_log import TrainingLog


def test_a_log_that_was_removed_meanwhile_is_put_back_whole(tmp_path):
    path = tmp_path / "logs" / "training_1.log"
    log = TrainingLog(path)
    log.line("before")
    path.unlink()
    log.line("Ö after")
    log.close()
    assert [line.split("  ")[1] for line in path.read_text("utf-8").splitlines()] == [
        "before",
        "Ö after",
    ]


def test_a_log_that_is_there_is_left_alone(tmp_path):
    path = tmp_path / "training_1.log"
    log = TrainingLog(path)
    log.line("before")
    inode = path.stat().st_ino
    log.close()
    assert path.stat().st_ino == inode
    assert path.read_text("utf-8").endswith("before\n")
