"""Jobs of a ProcessPoolExecutor that fail at first and are submitted again, by as_completed. Prints the sum."""

import sys
from concurrent.futures import ProcessPoolExecutor, as_completed


def checksum(number, rounds, attempt):
    if attempt <= number % 3:
        raise OSError(f"job {number} failed in attempt {attempt}")
    value = number + 1
    for _ in range(rounds):
        value = value * 48271 % 2147483647
    return value


if __name__ == "__main__":
    rounds = int(sys.argv[1])
    total = 0
    with ProcessPoolExecutor(2) as pool:
        jobs = {pool.submit(checksum, number, rounds, 0): (number, 0) for number in range(12)}
        while jobs:
            for future in as_completed(list(jobs)):
                number, attempt = jobs.pop(future)
                try:
                    total += future.result()
                except OSError:
                    jobs[pool.submit(checksum, number, rounds, attempt + 1)] = (number, attempt + 1)
    print(total)
