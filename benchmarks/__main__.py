"""Runs benchmarks and prints one table of their figures.

    python -m benchmarks                          all, in their short form: under ten minutes
    python -m benchmarks cycles pages             some
    python -m benchmarks growth --form long       thoroughly
    python -m benchmarks cycles --set feeds=2000 --set runs=3

Every figure is appended to benchmarks/results/figures.jsonl as one line of JSON, beside the baseline that was measured
in the same run; the smallest form only shows that a benchmark works, and is not kept.
"""

import argparse
import importlib
import os
import signal
import sys
import tempfile
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import BENCHES, FIGURES, FORMS, Measured, Options
from benchmarks.processes import ROOT
from benchmarks.results import FILE, Line, append, commit, line, machine, read, table, versions


def main() -> None:
    # What runs for this process is ended with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _options()
    before = read(options.results)
    corpus = f"{len(list(options.corpus.iterdir()))} files of real feeds" if options.corpus else "made-up feeds"
    run = {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(ROOT),
        "machine": machine(),
        "versions": versions(),
        "load": round(os.getloadavg()[0], 1),
        "command": _command(options),
        "corpus": corpus,
        "form": options.form,
    }
    lines: list[Line] = []
    failed = []
    with tempfile.TemporaryDirectory(prefix="seedfeed-bench-", ignore_cleanup_errors=True) as scratch:
        given = Options(Path(scratch), options.form, options.corpus, dict(options.set))
        for name in options.names:
            began = time.monotonic()
            try:
                new = [line(one, run) for one in _measure(name, given)]
            except (Exception, SystemExit):
                # The others are measured all the same.
                traceback.print_exc()
                failed.append(name)
                continue
            lines += new
            if options.keep:
                append(options.results, new)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    order = list(FIGURES)
    lines.sort(key=lambda one: order.index(one.figure))
    print(f"{run['machine']}, load {run['load']} before; {run['versions']}; {corpus}; at {run['commit']}\n")
    print("\n".join(table(lines, before)))
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def _measure(name: str, options: Options) -> list[Measured]:
    found = []
    for one in importlib.import_module(f"benchmarks.{name}").measure(options):
        if FIGURES[one.figure].bench != name:
            raise SystemExit(f"{one.figure} is no figure of {name}")
        options.measured[one.figure] = one
        found.append(one)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all without one")
    parser.add_argument("--form", choices=FORMS, default="short", help="how much is measured")
    corpus = os.environ.get("SEEDFEED_CORPUS") or None
    parser.add_argument(
        "--corpus", type=Path, default=corpus, help="a folder of real feeds; SEEDFEED_CORPUS, or made up"
    )
    parser.add_argument("--set", action="append", type=_size, default=[], metavar="SIZE=N", help="see README.md")
    parser.add_argument("--results", type=Path, default=FILE, help="the file that lines are appended to")
    parser.add_argument("--no-keep", dest="keep", action="store_false", help="append nothing")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    options.names = [name for name in BENCHES if name in (options.names or BENCHES)]
    # Results that are shared are of a form that says something.
    options.keep = options.keep and (options.form != "smallest" or options.results != FILE)
    return options


def _size(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    return name, int(number)


def _command(options: argparse.Namespace) -> str:
    """As it can be repeated elsewhere: without paths of this machine."""
    sizes = [word for name, number in options.set for word in ("--set", f"{name}={number}")]
    corpus = ["--corpus", "DIRECTORY"] if options.corpus else []
    names = [] if options.names == list(BENCHES) else options.names
    return " ".join(("python -m benchmarks", *names, "--form", options.form, *corpus, *sizes))


if __name__ == "__main__":
    main()
