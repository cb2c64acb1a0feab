"""Counts the words of texts by Pool.imap_unordered; some texts are broken, and the loop goes on. Prints the sum."""

import sys
from multiprocessing import Pool


def count_words(job):
    number, words = job
    if number % 10 == 7:
        raise ValueError(f"text {number} is broken")
    counts = {}
    for at in range(words):
        word = f"w{at * (number + 1) % 97}"
        counts[word] = counts.get(word, 0) + 1
    return len(counts) + max(counts.values())


if __name__ == "__main__":
    words = int(sys.argv[1])
    total = broken = 0
    with Pool(2) as pool:
        results = pool.imap_unordered(count_words, [(number, words) for number in range(20)])
        while True:
            try:
                total += next(results)
            except StopIteration:
                break
            except ValueError:
                broken += 1
    print(total * 100 + broken)
