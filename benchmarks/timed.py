"""Runs a command and tells what it cost, with everything that it started: one line of JSON after its own output.

    python benchmarks/timed.py COMMAND [ARGUMENT…]     {"wall": seconds, "cpu": seconds, "peak_mb": …, "status": …}

On Linux processes that outlive the command, like those of a fork server, are adopted and waited for (prctl(2),
PR_SET_CHILD_SUBREAPER), so that their CPU time counts; elsewhere only what the command itself waited for does.
peak_mb is that of the largest process alone.
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
LONGEST_SECONDS = 900


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
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes on macOS, KiB elsewhere
    peak = used.ru_maxrss * unit / 1e6
    print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mb": peak, "status": status}))


if __name__ == "__main__":
    main()
