"""How what lies in a launch folder is made: for its owner alone whatever the umask, and never through a link.

A link, a pipe or a device that somebody put where a file of ours belongs is refused with an OSError.
"""

import contextlib
import errno
import os
import stat

from hamtui.contract.layout import DIR_MODE, FILE_MODE

#: The folder is opened first, as no link; where the system can, without the right to list it.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: A pipe would block its opener; where it has a reader, ``_regular`` finds it out.
_CAREFUL = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_TRIES = 3


def open_to_append(path: "str | os.PathLike[str]") -> int:
    """A descriptor whose every write lands at the end of the file, which is made where there is none.

    Raises:
        OSError: that can't be, or what has the name is no regular file.
    """
    return _opened(path, os.O_WRONLY | os.O_APPEND)


def open_to_write(path: "str | os.PathLike[str]", *, empty: bool = True) -> int:
    """A descriptor to write a file from its start, ``empty`` at first or over what is there.

    Raises:
        OSError: as ``open_to_append``.
    """
    return _opened(path, os.O_WRONLY | (os.O_TRUNC if empty else 0))


def put(path: "str | os.PathLike[str]", data: bytes) -> None:
    """``data`` as the whole of a file, by rename: nobody sees a part of it.

    Raises:
        OSError: it can't be written; what stood there before still does.
    """
    part = f"{os.fspath(path)}.{os.getpid()}.part"
    handle = open_to_write(part)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def make_folder(path: "str | os.PathLike[str]") -> None:
    """A new folder that its owner alone can enter.

    Raises:
        OSError: FileExistsError where there is anything of that name, a link too.
    """
    os.mkdir(path, DIR_MODE)
    if stat.S_IMODE(os.lstat(path).st_mode) != DIR_MODE:
        os.chmod(path, DIR_MODE)


def _opened(path: "str | os.PathLike[str]", flags: int) -> int:
    folder, name = os.path.split(os.path.abspath(path))
    where = os.open(folder, _FOLDER)
    try:
        fd = _in_folder(where, name, path, flags)
    finally:
        os.close(where)
    # The run's own output is such a descriptor: it must be as any other file's.
    os.set_blocking(fd, True)
    return fd


def _in_folder(where: int, name: str, path: "str | os.PathLike[str]", flags: int) -> int:
    for _ in range(_TRIES):
        try:
            return _regular(os.open(name, flags | _CAREFUL, dir_fd=where), path)
        except FileNotFoundError:
            pass
        try:
            fd = os.open(name, flags | _CAREFUL | os.O_CREAT | os.O_EXCL, FILE_MODE, dir_fd=where)
        except FileExistsError:
            continue  # made by another in this instant
        if stat.S_IMODE(os.fstat(fd).st_mode) != FILE_MODE:
            with contextlib.suppress(OSError):  # a file system without modes
                os.fchmod(fd, FILE_MODE)
        return fd
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))


def _regular(fd: int, path: "str | os.PathLike[str]") -> int:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "is not a regular file", os.fspath(path))
    return fd
