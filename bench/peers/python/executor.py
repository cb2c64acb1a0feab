"""concurrent.futures.ProcessPoolExecutor on tiny tasks. The pool is kept from round to round, except for first results."""

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

from answer import answer_questions, timed

executors = {}


def square(value):
    return value * value


def executor_of(workers, method="fork"):
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method))


def submit_all(executor, count):
    futures = [executor.submit(square, at) for at in range(count)]
    return [future.result() for future in futures]


def first_result(method):
    executor = None

    def work():
        nonlocal executor
        executor = executor_of(1, method)
        return executor.submit(square, 7).result()

    took, _ = timed(work)
    executor.shutdown()
    return {"cost": took}


def measure(question):
    if question["work"] == "first":
        return first_result(question["method"])
    workers, count = question["workers"], question["count"]
    executor = executors.setdefault(workers, None) or executor_of(workers)
    executors[workers] = executor
    if question["work"] == "submit":
        took, _ = timed(lambda: submit_all(executor, count))
        return {"cost": took * 1000 / count}
    trips = []
    for at in range(count):
        start = time.perf_counter()
        executor.submit(square, at).result()
        trips.append((time.perf_counter() - start) * 1e6)
    return {"cost": statistics.median(trips)}


if __name__ == "__main__":
    answer_questions(measure)
    for executor in executors.values():
        executor.shutdown()
