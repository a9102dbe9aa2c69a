"""Does this folder's file system tell of changes that another machine makes?"""

import os

#: File systems on which inotify sees local writes alone, and sizes may be old until a file is opened.
_REMOTE = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "drvfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "panfs",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
        "vmhgfs",
    }
)


def filesystem(path: str, mounts: str = "/proc/self/mounts") -> str | None:
    """The type of the file system that holds ``path``; None where this machine does not say."""
    try:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as table:
            rows = [row.split(" ") for row in table]
    except OSError:
        return None
    real = os.path.realpath(path)
    best, kind = -1, None
    for row in rows:
        if len(row) < 3:
            continue
        point = _unescape(row[1])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # of two on one point the later covers the earlier
            best, kind = len(point), row[2]
    return kind


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


def is_remote(path: str, mounts: str = "/proc/self/mounts") -> bool:
    """Whether notifications can't be relied on: network and shared file systems, and what FUSE brings."""
    kind = filesystem(path, mounts)
    return kind is not None and (kind in _REMOTE or kind.startswith("fuse"))
