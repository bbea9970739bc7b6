"""How fast Seedfeed is, beside what one could use instead: `python -m benchmarks`, as README.md here explains.

    figures.py     every figure there is, with its unit and its goal; what a benchmark is given and gives
    results.py     lines of results/, the table of a run, and docs/performance.md
    processes.py   CPU, wall time and memory of commands and of functions, each in a fresh process (timed.py, fresh.py)
    corpus.py      feeds to read, real or made up, whose texts repeat or do not
    origin.py      a server of them on many addresses of the loopback
    homes.py       homes to measure in

The other modules are one benchmark each: `measure` yields what it measured. `plain.py` is the loop that Seedfeed is
compared with, `newswire/` a made-up stream of stories whose repeats are known.
"""
