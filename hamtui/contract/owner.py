"""Whose folder it is: what another user's holds may be made to deceive, and what is written there is theirs to read."""

import os
import pwd
import stat


def stranger(path: "str | os.PathLike[str]") -> str | None:
    """The name of the user who owns the folder, where that is another than this process'; None too where there is none."""
    try:
        uid = os.stat(path).st_uid
    except OSError:
        return None
    return None if uid == os.geteuid() else name_of(uid)


def name_of(uid: int) -> str:
    """What the system calls a user; the number where it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def is_owners(path: "str | os.PathLike[str]") -> bool:
    """Whether nobody but the owner of the folder that the file lies in can have written it. Raises OSError."""
    file, folder = os.stat(path), os.stat(os.path.dirname(path))
    others = file.st_mode & 0o022 and folder.st_mode & 0o011
    return stat.S_ISREG(file.st_mode) and file.st_uid == folder.st_uid and not others
