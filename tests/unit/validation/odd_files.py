"""Everything that has the name of a file and is none."""

import contextlib
import os
import socket


def odd_files(folder):
    """Make one of everything that is no regular file; return what each is by name."""
    (folder / "real").write_bytes(b"x")
    (folder / "link").symlink_to(folder / "real")
    (folder / "dangling").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe")
    with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")  # the path of a socket may have 107 characters and no more
    (folder / "device").symlink_to("/dev/zero")
    return {
        "link": "a link",
        "dangling": "a link",
        "pipe": "a pipe",
        "socket": "a socket",
        "device": "a link",
    }
