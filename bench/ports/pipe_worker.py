"""A Process at the other end of a Pipe that answers requests until None comes. Prints the sum of the answers."""

import sys
from multiprocessing import Pipe, Process


def serve(connection):
    while True:
        numbers = connection.recv()
        if numbers is None:
            return
        connection.send(sum(number * number for number in numbers))


if __name__ == "__main__":
    here, there = Pipe()
    worker = Process(target=serve, args=(there,))
    worker.start()
    total = 0
    for request in range(int(sys.argv[1])):
        here.send([request + at for at in range(100)])
        total += here.recv()
    here.send(None)
    worker.join()
    print(total)
