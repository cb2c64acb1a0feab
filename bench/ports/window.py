"""At most eight pending results, in order, of workers that end after five tasks. Prints the sum."""

import sys
from collections import deque
from multiprocessing import Pool


def spin(number, rounds):
    value = number + 1
    for _ in range(rounds):
        value = value * 48271 % 2147483647
    return value


if __name__ == "__main__":
    total = 0
    pending = deque()
    with Pool(2, maxtasksperchild=5) as pool:
        for number in range(40):
            if len(pending) == 8:
                total += pending.popleft().get()
            pending.append(pool.apply_async(spin, (number, int(sys.argv[1]))))
        while pending:
            total += pending.popleft().get()
    print(total)
