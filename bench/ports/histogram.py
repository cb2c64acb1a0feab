"""A histogram in an Array that an initializer hands to the workers, under its lock. Prints the sum of its squares."""

import sys
from multiprocessing import Array, Pool

histogram = None


def start(shared):
    global histogram
    histogram = shared


def count(seed, values):
    own = [0] * 16
    state = seed
    for _ in range(values):
        state = state * 16807 % 2147483647
        own[state % 16] += 1
    with histogram.get_lock():
        for at, number in enumerate(own):
            histogram[at] += number


if __name__ == "__main__":
    shared = Array("i", 16)
    with Pool(2, start, (shared,)) as pool:
        pool.starmap(count, [(seed, int(sys.argv[1])) for seed in range(1, 9)])
    print(sum(number * number for number in shared))
