"""A process that has imported a method's libraries and forks a worker whenever one is wanted.

A worker in a fresh interpreter spends half a second on imports, with PyMC three: most of the time
it takes to judge a small model. One that is forked here finds the same: only libraries were
imported before, and folder, session and random numbers are its own.
"""

import gc
import os
import socket
import sys

import numpy as np

from assay.core.processes import die_with_parent
from assay.worker.__main__ import serve
from assay.worker.work import import_libraries

LONGEST = 1 << 16  # bytes of a request: the path of a folder


def main() -> None:
    """Fork workers for whoever is at the other end of the socket in argv[1], one at a time.

    A request is the path of the worker's folder, with its stdin, its stdout and its pipe. The
    answer is its process id. Once it is asked for, its exit code follows: until then its process
    id belongs to nobody else.
    """
    die_with_parent(int(sys.argv[2]))
    import_libraries(sys.argv[3], validating=True)
    gc.collect()
    gc.freeze()  # what is here now is no worker's garbage
    with socket.socket(fileno=int(sys.argv[1])) as control:
        while True:
            folder, files, *_ = socket.recv_fds(control, LONGEST, 3)
            if not folder:
                return
            worker = _fork()
            if worker == 0:
                break
            for file in files:
                os.close(file)
            control.send(b"began %d" % worker)
            if not control.recv(LONGEST):
                return
            _, status = os.waitpid(worker, 0)
            control.send(b"ended %d" % os.waitstatus_to_exitcode(status))
    _settle(os.fsdecode(folder), *files[:2])
    serve(files[2])


def _fork() -> int:
    """Fork; return 0 in the worker and, once it leads a session of its own, its id here."""
    parent = os.getpid()
    ready, begun = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.setsid()
        die_with_parent(parent)
    os.close(begun)
    if worker:
        os.read(ready, 1)  # returns when the worker has closed its end, or is gone
    os.close(ready)
    return worker


def _settle(folder: str, stdin: int, stdout: int) -> None:
    """Give a worker what a fresh one has of its own."""
    os.dup2(stdin, 0)
    os.dup2(stdout, 1)
    os.dup2(stdout, 2)
    os.close(stdin)
    os.close(stdout)
    os.chdir(folder)
    os.environ["TMPDIR"] = folder
    np.random.seed()  # `random` sees to itself after a fork


if __name__ == "__main__":
    main()
