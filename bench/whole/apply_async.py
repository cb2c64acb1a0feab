import sys
from multiprocessing import get_context


def square(n):
    return n * n


total = 0


def add(value):
    global total
    total += value


if __name__ == "__main__":
    with get_context(sys.argv[1]).Pool(6) as pool:
        for n in range(int(sys.argv[2])):
            pool.apply_async(square, (n,), callback=add)
        pool.close()
        pool.join()
    print(total)
