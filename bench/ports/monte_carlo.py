"""The share of random points that lie within a circle, by Pool.starmap. Prints how many of them do."""

import sys
from multiprocessing import Pool


def count_inside(seed, points):
    state, inside = seed, 0
    for _ in range(points):
        state = state * 16807 % 2147483647
        x = state / 2147483647
        state = state * 16807 % 2147483647
        y = state / 2147483647
        if x * x + y * y < 1:
            inside += 1
    return inside


if __name__ == "__main__":
    points = int(sys.argv[1])
    with Pool(2) as pool:
        print(sum(pool.starmap(count_inside, [(seed, points) for seed in range(1, 9)])))
