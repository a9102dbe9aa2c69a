"""The main job: a run from start to end, and its second run from the cache."""

from pathlib import Path

from tests.e2e.driving import SAMPLES, hamtui, newest, nodes

ORDERS = ("run", SAMPLES / "orders.py", "--target", "report", "--input", "pace=0.1", "--input", "rows=20000")


def test_orders_twice_with_the_cache(tmp_path: Path) -> None:
    first = hamtui(*ORDERS, "--cache", cwd=tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    said = newest(tmp_path).status()
    assert said["launch"]["state"] == "succeeded"
    assert said["launch"]["exit_code"] == 0
    (run,) = said["runs"]
    counts = run["counts"]
    assert counts["planned"] == counts["succeeded"] == len(run["nodes"]) >= 12
    assert {row["cache"]["outcome"] for row in run["nodes"]} == {"executed"}
    for node in nodes(said):
        assert node in first.stdout

    second = hamtui(*ORDERS, "--cache", cwd=tmp_path)
    assert second.returncode == 0, second.stdout + second.stderr
    said = newest(tmp_path).status()
    assert said["launch"]["state"] == "succeeded"
    (run,) = said["runs"]
    assert run["counts"]["cached"] >= 0.8 * run["counts"]["planned"], run["counts"]
    assert run["counts"]["cached"] + run["counts"]["succeeded"] == run["counts"]["planned"]
    assert [row["cache"]["outcome"] for row in run["nodes"]].count("hit") == run["counts"]["cached"]
    assert "cached" in second.stdout


def test_a_changed_input_executes_what_depends_on_it_alone(tmp_path: Path) -> None:
    hamtui(*ORDERS, "--cache", cwd=tmp_path)
    hamtui(*ORDERS, "--cache", "--input", "top=5", cwd=tmp_path)
    rows = nodes(newest(tmp_path).status())
    executed = {name for name, row in rows.items() if row["cache"]["outcome"] != "hit"}
    assert executed in ({"top_products"}, {"top_products", "report"})
    assert "top" in rows["top_products"]["cache"]["why"]


def test_without_the_cache_nothing_is_said_of_it(tmp_path: Path) -> None:
    done = hamtui(*ORDERS, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    launched = newest(tmp_path)
    assert launched.info["cache_dir"] is None
    assert {row["cache"] for row in nodes(launched.status()).values()} == {None}
    assert not (tmp_path / ".hamilton_cache").exists()


def test_folders_and_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    hamtui("run", SAMPLES / "failing.py", "--target", "shelf_labels", "--input", "pace=0", cwd=tmp_path)
    launched = newest(tmp_path)
    for folder in (launched.dir.parent, launched.dir):
        assert folder.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in launched.dir.iterdir() if path.is_file()}
    assert set(modes.values()) == {0o600}, modes
    wanted = {"launch.json", "exit.json", "hamilton_flight.jsonl", "vitals.jsonl", "output.log"}
    assert wanted <= set(modes)
    assert not Path(launched.dir.parent / "latest").readlink().is_absolute()
