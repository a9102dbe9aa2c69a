"""Launches whose folders go away under them."""

from tests.recorder.conftest import Launcher

LEAVES = """
    import os
    os.mkdir("gone")
    os.chdir("gone")
    os.rmdir(os.getcwd())
"""


def test_an_import_that_fails_in_a_folder_that_is_gone(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module(LEAVES + "    raise ValueError('mine')\n"), "a")
    assert launched.process.returncode == 1
    error = launched.error()
    assert (error["error"], error["stage"]) == ("ValueError: mine", "import")
    assert launched.output().endswith("ValueError: mine\n")
    assert "hamtui" not in launched.output()


def test_a_node_in_a_folder_that_is_gone(launcher: Launcher) -> None:
    launched = launcher.run(launcher.module(LEAVES + "    def a() -> int:\n        return 1\n"), "a")
    assert launched.process.returncode == 0, launched.output()
    assert [line["success"] for line in launched.flight("graph_end")] == [True]
    assert launched.flight("recorder_fault") == []


def test_a_launch_folder_that_the_modules_delete(launcher: Launcher) -> None:
    """The cache that they ask for would be said in launch.json, which can't be written any more."""
    module = launcher.module(
        """
        import shutil, sys
        from hamilton.function_modifiers import cache
        while found := __import__("glob").glob("launch-*"):  # its sampler may write a file meanwhile
            shutil.rmtree(found[0], ignore_errors=True)

        @cache()
        def a() -> int:
            open("ran", "w").close()
            return 1
        """
    )
    launched = launcher.run(module, "a")
    assert launched.process.returncode == 0
    assert (launcher.tmp_path / "ran").exists()
