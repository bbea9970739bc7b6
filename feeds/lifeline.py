"""Child processes that end with the process that started them, whenever and however that one ends.

    python -P -m feeds.lifeline MODULE ARGUMENT …

runs a module as such a process: the parent is watched before anything of the module is imported. On Linux the kernel
does this (PR_SET_PDEATHSIG, prctl(2)): nothing but the end of the parent triggers it, and no lock of the interpreter
delays it. Elsewhere a thread polls.
"""

import ctypes
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeVar

Made = TypeVar("Made")

#: The id of the parent, in the environment of a process; without the prefix of settings, which are validated.
_PARENT = "_SEEDFEED_PARENT"
_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.5

# The kernel takes the end of the thread that started a process for the end of its parent, so one thread that lasts as
# long as this process starts them all.
_starter = ThreadPoolExecutor(1, thread_name_prefix="seedfeed-starter")


def start(
    module: str, arguments: Sequence[str], environment: Mapping[str, str] = os.environ, **options: Any
) -> "subprocess.Popen[bytes]":
    """Runs one of our modules as a child that ends with this process. options: as for `subprocess.Popen`."""
    command, made = _python("feeds.lifeline", module, *arguments), {**_finding(environment), _PARENT: str(os.getpid())}
    return in_lasting_thread(lambda: subprocess.Popen(command, env=made, **options))  # noqa: S603 our own module


def become(module: str, arguments: Sequence[str]) -> NoReturn:
    """Replaces this process by one that runs one of our modules, under the same id."""
    os.execve(sys.executable, _python(module, *arguments), _finding(os.environ))  # noqa: S606 our own module


def _python(*words: str) -> list[str]:
    # Not from the current directory (-P), which may contain any module.
    return [sys.executable, "-P", "-m", *words]


def _finding(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with our modules and libraries at the places where this process found them."""
    return {**environment, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def in_lasting_thread(call: Callable[[], Made]) -> Made:
    """Runs `call` in the lasting thread. For libraries that start processes which call `end_with_parent`."""
    return _starter.submit(call).result()


def announce() -> None:
    """Passes this process's id to processes that a library starts for it, which import nothing from the current
    directory, as those of `start` do not.
    """
    os.environ[_PARENT] = str(os.getpid())
    os.environ["PYTHONSAFEPATH"] = "1"


def end_with_parent(parent: int | None = None) -> None:
    """Has this process killed when its parent ends, and ends it now if the parent is gone. To be called first of all.

    parent: its process id; without one, the id that the parent announced.
    """
    parent = parent or int(os.environ.get(_PARENT, 0)) or os.getppid()
    if not _killed_by_kernel():
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _killed_by_kernel() -> bool:
    if sys.platform != "linux":
        return False
    done: int = ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    return done == 0


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    end_with_parent()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
