"""multiprocessing's locks, queues, pipes, managers and processes. What a question needs is made anew for each."""

import multiprocessing
import statistics
import time

from answer import answer_questions, timed

keep = {}


def context_of(question):
    return multiprocessing.get_context(question.get("method", "fork"))


def pairs(lock, count):
    for _ in range(count):
        lock.acquire()
        lock.release()


def count_up(value, times, barrier):
    barrier.wait()
    for _ in range(times):
        with value.get_lock():
            value.value += 1
    barrier.wait()


def produce(queue, count):
    for n in range(count):
        queue.put(n)


def echo(connection):
    while (value := connection.recv()) is not None:
        connection.send(value)


def nothing():
    pass


def counter(question):
    context = context_of(question)
    value = context.Value("i", 0)
    each = question["count"] // question["workers"]
    barrier = context.Barrier(question["workers"] + 1)
    workers = [context.Process(target=count_up, args=(value, each, barrier)) for _ in range(question["workers"])]
    for worker in workers:
        worker.start()
    barrier.wait()
    took, _ = timed(barrier.wait)
    for worker in workers:
        worker.join()
    return {"cost": took * 1000 / question["count"], "checksum": value.value}


def queue(question):
    context = context_of(question)
    return through(context, context.Queue(), question["count"])


def simple_queue(question):
    context = context_of(question)
    return through(context, context.SimpleQueue(), question["count"])


def through(context, messages, count):
    producer = context.Process(target=produce, args=(messages, count))
    producer.start()
    total = messages.get()
    took, rest = timed(lambda: sum(messages.get() for _ in range(count - 1)))
    producer.join()
    return {"cost": took * 1000 / count, "checksum": total + rest}


def trips(count, call):
    all_trips = []
    for at in range(count):
        start = time.perf_counter()
        call(at)
        all_trips.append((time.perf_counter() - start) * 1e6)
    return {"cost": statistics.median(all_trips)}


def pipe(question):
    if "pipe" not in keep:
        context = context_of(question)
        here, there = context.Pipe()
        keep["pipe"] = here
        context.Process(target=echo, args=(there,), daemon=True).start()
    connection = keep["pipe"]

    def call(at):
        connection.send(at)
        connection.recv()

    return trips(question["count"], call)


def manager(question):
    if "dict" not in keep:
        keep["manager"] = context_of(question).Manager()
        keep["dict"] = keep["manager"].dict()
    shared = keep["dict"]

    def call(at):
        shared[at % 100] = at

    return trips(question["count"], call)


def process(question):
    context = context_of(question)

    def work():
        one = context.Process(target=nothing)
        one.start()
        one.join()

    return {"cost": timed(work)[0]}


def lock(question):
    one = context_of(question).Lock()
    took, _ = timed(lambda: pairs(one, question["count"]))
    return {"cost": took * 1000 / question["count"]}


works = {
    "lock": lock,
    "counter": counter,
    "queue": queue,
    "simple queue": simple_queue,
    "pipe": pipe,
    "manager": manager,
    "process": process,
}


def measure(question):
    return works[question["work"]](question)


if __name__ == "__main__":
    answer_questions(measure)
