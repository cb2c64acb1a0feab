"""mpire's costly initialisation with the standard library's pools, with and without their initializer."""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from operator import mul

from answer import answer_questions, timed

fork = multiprocessing.get_context("fork")
INPUTS, HIDDEN, OUTPUTS = 784, 512, 10
model = None


def occupy(milliseconds):
    end = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < end:
        pass


def load_model(init, numpy):
    """The weights by columns, so that a unit's sum is one pass."""
    occupy(init)
    first = [(((at * 7919) % 1009) / 1009 - 0.5) * 0.1 for at in range(INPUTS * HIDDEN)]
    second = [((at * 104729) % 1013) / 1013 - 0.5 for at in range(HIDDEN * OUTPUTS)]
    if numpy:
        import numpy as np

        return np.array(first).reshape(INPUTS, HIDDEN), np.array(second).reshape(HIDDEN, OUTPUTS)
    return [first[at::HIDDEN] for at in range(HIDDEN)], [second[at::OUTPUTS] for at in range(OUTPUTS)]


def initialize_model(init, numpy):
    global model
    model = load_model(init, numpy)


def predict(row, first, second):
    layer = [max(0.0, sum(map(mul, row, column))) for column in first]
    scores = [sum(map(mul, layer, column)) for column in second]
    return scores.index(max(scores))


def predict_numpy(row, first, second):
    import numpy as np

    return int(np.argmax(np.maximum(0, np.array(row) @ first) @ second))


def evaluate(index, rows, init, numpy):
    first, second = model or load_model(init, numpy)
    total = index
    for row in range(rows):
        values = [((index * 31 + row * 17 + at * 13) % 256) / 255 for at in range(INPUTS)]
        total += (predict_numpy if numpy else predict)(values, first, second)
    return total


def measure(question):
    workers, runs, calls = question["workers"], question["runs"], question["calls"]
    rows, init, numpy, variant = question["rows"], question["init"], question["numpy"], question["variant"]
    start = {"initializer": initialize_model, "initargs": (init, numpy)} if "+ initializer" in variant else {}

    def arguments(run):
        return [(run * calls + at, rows, init, numpy) for at in range(calls)]

    def pool():
        with fork.Pool(workers, **start) as workers_pool:
            return sum(sum(workers_pool.starmap(evaluate, arguments(run), 1)) for run in range(runs))

    def executor():
        with ProcessPoolExecutor(workers, fork, **start) as workers_pool:
            return sum(sum(workers_pool.map(evaluate, *zip(*arguments(run)))) for run in range(runs))

    took, checksum = timed(pool if variant.startswith("Pool") else executor)
    return {"cost": took, "checksum": checksum}


if __name__ == "__main__":
    answer_questions(measure)
