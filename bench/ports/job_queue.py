"""Processes that take numbers from a JoinableQueue until None comes, and add to a Value. Prints the Value."""

import sys
from multiprocessing import JoinableQueue, Process, Value


def work(queue, total):
    while True:
        number = queue.get()
        if number is not None:
            steps = 0
            while number != 1:
                number = number // 2 if number % 2 == 0 else 3 * number + 1
                steps += 1
            with total.get_lock():
                total.value += steps
        queue.task_done()
        if number is None:
            return


if __name__ == "__main__":
    queue, total = JoinableQueue(), Value("i", 0)
    workers = [Process(target=work, args=(queue, total)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in range(1, int(sys.argv[1]) + 1):
        queue.put(number)
    for _ in workers:
        queue.put(None)
    queue.join()
    for worker in workers:
        worker.join()
    print(total.value)
