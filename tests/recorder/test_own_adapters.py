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


def test_a_builder_that_builds_again_gets_each_instrument_once(folder: Folder) -> None:
    ran = folder.run(
        """
        import sys; sys.stdout.isatty = lambda: True
        import flow, hamtui
        from hamilton import driver

        wanted = hamtui.Diagnostics(
            println=1, keep_going=True, cache=True, progress="tqdm", track="1", username="u", api_url="http://127.0.0.1:9", trace=("otel",)
        )
        hamtui.record(hamtui.Diagnostics(keep_going=True))

        def kinds(builder):
            return sorted(type(one).__name__ for one in builder.build().adapter.adapters)

        builder = hamtui.instrument(driver.Builder().with_modules(flow), wanted)
        found = [kinds(builder), kinds(builder), kinds(hamtui.instrument(builder, wanted))]
        print(*found[0])
        print([one == found[0] for one in found])
        print(*kinds(hamtui.instrument(builder, hamtui.Diagnostics(println=1))), "|", *kinds(builder))
        other = driver.Builder().with_modules(flow)
        print(*kinds(other), "|", *kinds(hamtui.instrument(other)), "|", *kinds(other.copy()))
        """,
        HAMILTON_TELEMETRY_ENABLED="false",
    )
    assert ran.done.returncode == 0, ran.done.stderr
    assert ran.done.stdout.splitlines() == [
        "Bars ComposedCache PrintLn Recorder Tracing Tracker",
        "[True, True, True]",
        "PrintLn Recorder | PrintLn Recorder",
        "Execution Recorder | Execution Recorder | Execution Recorder",
    ]
    assert "an adapter that executes nodes" not in ran.done.stderr


def test_what_a_driver_is_given_besides_a_list_and_what_its_module_says_of_itself(folder: Folder) -> None:
    source = """
        import copy, sys
        if sys.argv[1:]:
            import hamtui
            hamtui.record()
        import flow
        from hamilton import async_driver, base, driver
        from hamilton.lifecycle import ResultBuilder

        class Total(ResultBuilder):
            def build_result(self, **outputs):
                return sum(outputs.values())

        for given in (None, base.DefaultAdapter(), [Total()], (Total(),), base.SimplePythonGraphAdapter(Total())):
            result = driver.Driver({}, flow, adapter=given).execute(["one", "two"], inputs={"start": 1})
            print(type(result).__name__)
        loader = copy.copy(async_driver.__loader__)
        print(loader.get_source(async_driver.__name__)[:5], loader.name, hasattr(loader, "__wrapped__"))
    """
    recorded = folder.run(source.replace("sys.argv[1:]", "True"))
    plain = folder.run(source)
    assert recorded.done.stdout == plain.done.stdout, recorded.done.stderr
    assert plain.done.stdout.splitlines()[2:] == [
        "int",
        "DataFrame",
        "int",
        plain.done.stdout.splitlines()[-1],
    ]
    assert len(recorded.events("graph_end")) == 5
