"""Links of pages by two ThreadPoolExecutors and as_completed; the pages are made up, the waiting is not. Prints the sum."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed


def fetch(page):
    time.sleep(0.01)
    return [page * 7 + at for at in range(5)]


def check(link):
    time.sleep(0.005)
    return 404 if link % 13 == 0 else 200


if __name__ == "__main__":
    total = 0
    with ThreadPoolExecutor(10) as fetchers, ThreadPoolExecutor(20) as checkers:
        checks = []
        for page in as_completed([fetchers.submit(fetch, number) for number in range(int(sys.argv[1]))]):
            checks += [checkers.submit(check, link) for link in page.result()]
        for status in as_completed(checks):
            total += status.result()
    print(total)
