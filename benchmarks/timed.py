"""Runs a command and tells what it cost, with everything that it started: one line of JSON after its own output.

    python benchmarks/timed.py COMMAND [ARGUMENT…]     {"wall": seconds, "cpu": seconds, "status": …}

On Linux processes that outlive the command, like those of a fork server, are adopted and waited for (prctl(2),
PR_SET_CHILD_SUBREAPER), so that their CPU time counts; elsewhere only what the command itself waited for does.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress

PR_SET_CHILD_SUBREAPER = 36
LONGEST_SECONDS = 3600


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Ends everything, this process too, if the command hangs: it leads a group of its own.
    os.setpgid(0, 0)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(0, signal.SIGKILL))
    signal.alarm(LONGEST_SECONDS)
    started = time.perf_counter()
    status = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL).returncode
    wall = time.perf_counter() - started
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "status": status}))


if __name__ == "__main__":
    main()
