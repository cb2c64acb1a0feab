"""Each line on stdin is a question in JSON; each line on stdout its answer. Ends with stdin."""

import json
import sys
import time


def answer_questions(measure):
    for line in sys.stdin:
        print(json.dumps(measure(json.loads(line))), flush=True)


def timed(work):
    """Milliseconds that the work took, and what it gave."""
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1000, result
