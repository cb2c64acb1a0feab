"""mpire's stateful computation with the standard library's pools: a dict in each worker, collected behind a barrier."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from answer import answer_questions, timed

fork = multiprocessing.get_context("fork")
WORD = 20
LONGEST = 3
documents = []
counts = {}
words = 0
barrier = None


def make_documents(count, length):
    state = 42
    made = []
    for at in range(count):
        document = []
        for _ in range(length * 3 if at % 2 == 0 else length):
            word = bytearray(WORD)
            for byte in range(WORD):
                state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
                word[byte] = state >> 24
            document.append(bytes(word))
        made.append(document)
    return made


def count_prefixes(at):
    global words
    for word in documents[at]:
        for length in range(1, LONGEST + 1):
            prefix = word[:length]
            counts[prefix] = counts.get(prefix, 0) + 1
    words += len(documents[at])


def popular_prefixes():
    global counts, words
    found = (words, [prefix for prefix, count in counts.items() if count > 3])
    counts, words = {}, 0
    return found


def set_barrier(shared):
    global barrier
    barrier = shared


def popular_prefixes_of_each(_):
    found = popular_prefixes()
    barrier.wait()
    return found


def unite(found):
    union = set()
    for _, popular in found:
        union.update(popular)
    assert union
    return sum(seen for seen, _ in found)


def with_pool(workers):
    with fork.Pool(workers, set_barrier, (fork.Barrier(workers),)) as pool:
        for _ in pool.imap_unordered(count_prefixes, range(len(documents))):
            pass
        return unite(pool.map(popular_prefixes_of_each, range(workers), 1))


def with_executor(workers):
    with ProcessPoolExecutor(workers, fork, set_barrier, (fork.Barrier(workers),)) as executor:
        for future in [executor.submit(count_prefixes, at) for at in range(len(documents))]:
            future.result()
        return unite(list(executor.map(popular_prefixes_of_each, range(workers))))


def sequential(_):
    for at in range(len(documents)):
        count_prefixes(at)
    return unite([popular_prefixes()])


variants = {"Pool": with_pool, "ProcessPoolExecutor": with_executor, "sequential": sequential}


def measure(question):
    if not documents:
        documents.extend(make_documents(question["count"], question["words"]))
    took, checksum = timed(lambda: variants[question["variant"]](question["workers"]))
    return {"cost": took, "checksum": checksum}


if __name__ == "__main__":
    answer_questions(measure)
