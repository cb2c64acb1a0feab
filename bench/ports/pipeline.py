"""Two stages with queues between them, and a dict of a Manager for what they did. Prints the sum and the counts."""

import sys
from multiprocessing import Manager, Process, Queue


def stage(name, numbers, results, done):
    handled = 0
    while True:
        number = numbers.get()
        if number is None:
            break
        results.put(number * 3 % 1009 if name == "first" else number + 1)
        handled += 1
    done[name] = handled
    results.put(None)


if __name__ == "__main__":
    with Manager() as manager:
        done = manager.dict()
        first, second, last = Queue(), Queue(), Queue()
        stages = [
            Process(target=stage, args=("first", first, second, done)),
            Process(target=stage, args=("second", second, last, done)),
        ]
        for each in stages:
            each.start()
        for number in range(int(sys.argv[1])):
            first.put(number)
        first.put(None)
        total = 0
        while True:
            number = last.get()
            if number is None:
                break
            total += number
        for each in stages:
            each.join()
        print(total * 10000 + done["first"] + done["second"])
