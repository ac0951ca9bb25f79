"""Everything that has the name of a file and is none."""

import os
import socket


def odd_files(folder):
    """Make one of everything that is no regular file; return what each is by name."""
    (folder / "real").write_bytes(b"x")
    (folder / "link").symlink_to(folder / "real")
    (folder / "dangling").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "socket"))
    (folder / "device").symlink_to("/dev/zero")
    return {
        "link": "a link",
        "dangling": "a link",
        "pipe": "a pipe",
        "socket": "a socket",
        "device": "a link",
    }
