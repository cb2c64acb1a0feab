import sys
from multiprocessing import get_context


def square(n):
    return n * n


if __name__ == "__main__":
    with get_context(sys.argv[1]).Pool(6) as pool:
        print(sum(pool.imap(square, range(int(sys.argv[2])))))
