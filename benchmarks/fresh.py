"""Calls a function of a benchmark in this process, which is new: `processes.fresh` starts it.

python -m benchmarks.fresh MODULE FUNCTION ARGUMENTS     prints the result as one line of JSON, after all else
"""

import importlib
import json
import sys


def main() -> None:
    module, function, arguments = sys.argv[1:]
    result = getattr(importlib.import_module(module), function)(*json.loads(arguments))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
