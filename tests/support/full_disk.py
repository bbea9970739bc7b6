"""A disk without room, for this process alone."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Writing beyond so many bytes of a file fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def disk(free_blocks: int, free_files: int) -> os.statvfs_result:
    """What the system says of a disk with blocks of 4 KiB."""
    return os.statvfs_result((4096, 4096, 5000, free_blocks, free_blocks, 5000, free_files, free_files, 0, 255))
