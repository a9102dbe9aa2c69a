"""Adapters of a program's own beside hamtui's instruments: the Driver that is built is the one that Hamilton would build."""

from pathlib import Path

import pytest

from tests.recorder.programs import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_one_adapter_given_the_old_way_leaves_room_for_no_other(folder: Folder) -> None:
    ran = folder.run("""
        import flow, hamtui
        from hamilton import base, driver
        from hamilton.lifecycle.default import GracefulErrorAdapter

        hamtui.record(hamtui.Diagnostics(keep_going=True, println=1))

        class Late(driver.Builder):
            def build(self):
                ours = list(hamtui.instrument(self).adapters)
                return driver.Driver({}, *self.modules, adapter=[*ours, GracefulErrorAdapter(Exception)])

        def kinds(dr):
            return [type(one).__name__ for one in dr.adapter.adapters]

        one = base.SimplePythonGraphAdapter(base.DictResult())
        old = driver.Builder().with_modules(flow).with_adapter(one).build()
        print(old.execute(["two"], inputs={"start": 1})["two"], kinds(old))
        print(kinds(Late().with_modules(flow).build()))
    """)
    assert ran.done.returncode == 0, ran.done.stderr
    assert ran.done.stdout.splitlines() == [
        "4 ['Recorder', 'PrintLn', 'SimplePythonGraphAdapter']",
        "['Recorder', 'GracefulErrorAdapter', 'PandasDataFrameResult']",
    ]
    assert "an adapter that executes nodes" in ran.done.stderr
    assert "excludes hamtui's instruments" in ran.done.stderr
    assert [event["node"] for event in ran.events("node_end")] == ["one", "two"]
