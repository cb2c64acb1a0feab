"""Tasks of a ProcessPoolExecutor that make a pool of their own. Prints the sum."""

import sys
from concurrent.futures import ProcessPoolExecutor


def spin(number, rounds):
    value = number + 1
    for _ in range(rounds):
        value = value * 48271 % 2147483647
    return value


def split(number, rounds):
    with ProcessPoolExecutor(2) as inner:
        return sum(inner.map(spin, [number * 2, number * 2 + 1], [rounds, rounds]))


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as outer:
        print(sum(outer.map(split, range(2), [int(sys.argv[1])] * 2)))
