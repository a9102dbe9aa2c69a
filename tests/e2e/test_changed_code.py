"""A function is edited between two launches: the miss is explained with the change, the rest hits, Arrow tables too."""

from pathlib import Path

from tests.e2e.driving import SAMPLES, hamtui, newest, nodes

EDITED = "_wait(0.7, pace)"


def test_a_miss_by_changed_code(tmp_path: Path) -> None:
    sample = (SAMPLES / "orders.py").read_text("utf-8")
    assert EDITED in sample
    for text in (sample, sample.replace(EDITED, "_wait(0.8, pace)", 1)):
        (tmp_path / "orders.py").write_text(text, "utf-8")
        words = ("run", "orders.py", "--target", "report", "--cache", "--input", "pace=0.01", "--plain")
        done = hamtui(*words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    found = nodes(newest(tmp_path).status())
    assert found["net_orders"]["cache"] == {"outcome": "executed", "why": "code changed"}
    others = {name: row["cache"]["outcome"] for name, row in found.items() if name != "net_orders"}
    executed = {name: found[name]["cache"]["why"] for name, outcome in others.items() if outcome != "hit"}
    assert executed == {}  # its result is the same table, and so has the same version
    told = hamtui("status", cwd=tmp_path).stdout
    assert "cache: 15 of 16 hit, saved about" in told and "net_orders: code changed" in told
