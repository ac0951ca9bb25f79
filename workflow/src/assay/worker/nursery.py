"""A process that has imported a method's libraries and forks a worker whenever one is wanted.

A worker in a fresh interpreter spends half a second on imports, with PyMC three: most of the time
it takes to judge a small model. One that is forked here finds the same: only libraries were
imported before, and folder, session and random numbers are its own.
"""

import gc
import os
import random
import socket
import sys
import tempfile

import numpy as np

from assay.processes import die_with_parent
from assay.worker.__main__ import serve
from assay.worker.work import import_libraries

LONGEST = 1 << 16  # bytes of a request: the path of a folder


def main() -> None:
    """Fork workers for whoever is at the other end of the socket in argv[1], one at a time.

    A request is the path of the worker's folder, with its stdin, its stdout and its pipe. The
    worker answers with its process id. Once it is asked for, its exit code follows: until then its
    process id belongs to nobody else.
    """
    die_with_parent(int(sys.argv[2]))
    import_libraries(sys.argv[3], validating=True)
    gc.collect()
    gc.freeze()  # what is here now is no worker's garbage
    own = os.getpid()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        while True:
            folder, files, *_ = socket.recv_fds(control, LONGEST, 3)
            if not folder:
                return
            worker = os.fork()
            if worker == 0:
                break
            for file in files:
                os.close(file)
            if not control.recv(LONGEST):
                return
            _, status = os.waitpid(worker, 0)
            control.send(b"ended %d" % os.waitstatus_to_exitcode(status))
        os.setsid()
        die_with_parent(own)
        control.send(b"began %d" % os.getpid())
    stdin, stdout, pipe = files
    os.dup2(stdin, 0)
    os.dup2(stdout, 1)
    os.dup2(stdout, 2)
    os.close(stdin)
    os.close(stdout)
    os.chdir(os.fsdecode(folder))
    os.environ["TMPDIR"] = os.fsdecode(folder)
    tempfile.tempdir = None
    random.seed()
    np.random.seed()
    serve(pipe)


if __name__ == "__main__":
    main()
