"""multiprocessing.Pool on tiny tasks. The pool is kept from round to round."""

import multiprocessing
import statistics
import time

from answer import answer_questions, timed

pools = {}


def square(value):
    return value * value


def record(value):
    return {"id": value, "name": f"item {value}"}


def pool_of(workers):
    if workers not in pools:
        pools[workers] = multiprocessing.get_context("fork").Pool(workers)
    return pools[workers]


def apply_async(pool, count):
    pending = [pool.apply_async(square, (at,)) for at in range(count)]
    return [one.get() for one in pending]


def cold(question):
    """A pool of its own, that has run one call."""
    with multiprocessing.get_context(question["method"]).Pool(question["workers"]) as pool:
        pool.apply(square, (1,))
        if question["work"] == "cold map":
            values = list(range(question["count"]))
            took, _ = timed(lambda: pool.map_async(square, values).get())
        else:
            took, _ = timed(lambda: apply_async(pool, question["count"]))
    return {"cost": took}


def measure(question):
    if question["work"].startswith("cold"):
        return cold(question)
    pool, count = pool_of(question["workers"]), question["count"]
    if question["work"] == "apply_async":
        took, _ = timed(lambda: apply_async(pool, count))
        return {"cost": took * 1000 / count}
    if question["work"] == "map_async":
        values = list(range(count))
        took, results = timed(lambda: pool.map_async(square, values).get())
        return {"cost": took, "checksum": len(results)}
    if question["work"] == "map objects":
        values = list(range(count))
        took, results = timed(lambda: pool.map_async(record, values).get())
        return {"cost": took * 1000 / count, "checksum": len(results)}
    trips = []
    for at in range(count):
        start = time.perf_counter()
        pool.apply(square, (at,))
        trips.append((time.perf_counter() - start) * 1e6)
    return {"cost": statistics.median(trips)}


if __name__ == "__main__":
    answer_questions(measure)
    for pool in pools.values():
        pool.terminate()
        pool.join()
