"""Memory of `seedfeed run` with three seeds that has nothing to do, beside Python's own http.server."""

import sys
import time
from collections.abc import Iterator

from benchmarks.figures import Measured, Options
from benchmarks.homes import free_address, make_home, running, save, temporary, wait_for
from benchmarks.processes import memory_mb, started, tree


def measure(options: Options) -> Iterator[Measured]:
    seconds = options.size("seconds", 0, 8, 60)
    with temporary() as directory:
        home = directory / "home"
        make_home(home, base_url=free_address())
        for n in range(3):
            save(home, n)
        with running(home) as pid:
            time.sleep(seconds)
            ours = memory_mb({pid, *tree(pid)})
        port = free_address().rpartition(":")[2]
        command = (sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1", "--directory", str(home / "seeds"))
        with started(command, directory / "log") as pid:
            wait_for(f"http://127.0.0.1:{port}/")
            theirs = memory_mb({pid})
    yield Measured("memory of an idle run with three seeds", ours, None, "python -m http.server", theirs)
