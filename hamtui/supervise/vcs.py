"""Which version of the user's code runs: asked of git, for a second at most, never in the run's own process."""

import os
import subprocess
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

WITHIN_S = 1.0


@dataclass(frozen=True)
class Version:
    """What git says. ``repository`` is the remote's URL without user and password, empty where there is none."""

    commit: str
    branch: str
    dirty: bool
    repository: str = ""

    def tags(self) -> dict[str, str]:
        """As tags of a run."""
        return {"commit": self.commit, "branch": self.branch, "dirty": str(self.dirty).lower()}


def version(folder: str) -> Version | None:
    """The version of what lies in ``folder``; None without git, a repository, a commit, or an answer in time."""
    told = _git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    if told is None:
        return None
    lines = told.splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch.") and " " in line[2:])
    commit = heads.get("branch.oid", "")
    if not commit or commit.startswith("("):
        return None
    dirty = any(not line.startswith("#") for line in lines)
    remote = (_git(folder, "config", "--get", "remote.origin.url") or "").strip()
    return Version(commit, heads.get("branch.head", "unknown"), dirty, plain_url(remote))


def plain_url(url: str) -> str:
    """A remote's URL, the user and password that may stand in it left out."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not parts.scheme or "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _git(folder: str, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", folder, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            # A look only: it takes no lock of the repository and asks nobody for a password.
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            timeout=WITHIN_S / 2,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
