"""What one document may take of memory: 300 MB in an executor. The child beside it has its own limit (test_child)."""

import os
import subprocess
import sys

import pytest

MOST_MB = 300

# Reads a document of nearly worker.max_body as an executor does, and tells its peak and what came of it.
READER = """
import pickle, re, sys
from datetime import UTC, datetime
from pathlib import Path
from feeds.model import Source, SourceKind
from worker.model import Document
from worker.cycle.retrieve import read_document

start, part, end = sys.argv[1:]
size = 14 * 2**20
body = (start + part * (size // len(part)) + end).encode()
document = Document("http://a.example/", body, datetime(2026, 3, 1, tzinfo=UTC), "http://a.example/")
source = Source("7b3a9f1e-4c2d-4f7a-9a51-0d6b1a2c3e4f", "a", SourceKind.FEED, "A", "http://a.example/")
retrieved = read_document(source, document, "UTC")
answer = len(pickle.dumps(retrieved))
# Not ru_maxrss: a process inherits that of the one which started it.
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
print(retrieved.error.code if retrieved.error else len(retrieved.entries))
"""

RSS = "<rss version='2.0'><channel><title>T</title>"
END = "</channel></rss>"
ITEM = f"{RSS}<item><guid>1</guid><title>A</title><description>"
ITEM_END = f"</description></item>{END}"


@pytest.mark.parametrize(
    ("start", "part", "end", "outcome"),
    [
        (ITEM, "word ", ITEM_END, "1"),
        (f"{ITEM}<![CDATA[", "<div><p>a <b>word</b></p></div>", f"]]>{ITEM_END}", "1"),
        (f"{ITEM}a & b ", "word ", ITEM_END, "1"),  # the lenient lane
        (f"{RSS}<item ", "a", f"='1'/>{END}", "0"),
    ],
    ids=["one long text", "one long page", "not well-formed", "one long name"],
)
def test_no_document_takes_more_memory_than_it_may(start: str, part: str, end: str, outcome: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", READER, start, part, end], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    peak, said = done.stdout.split()
    assert said == outcome
    assert int(peak) < MOST_MB
