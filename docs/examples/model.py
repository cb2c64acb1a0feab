"""A model for python-colleague.ts: fits a line to points, then predicts, for several clients at once.

    python3 model.py serve              listens, prints its port, serves until its input ends
    python3 model.py ask HOST PORT      sends work to a Listener in Node, and prints its answer
"""

import json
import os
import sys
import threading
from multiprocessing.connection import Client, Listener

key = os.environ["COLLEAGUE_KEY"].encode()


def fit(points):
    """The line that fits best, by least squares."""
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return slope, mean_y - slope * mean_x


def answer(request):
    if request["do"] == "fit":
        slope, offset = fit(request["points"])
        return {"slope": slope, "offset": offset}
    if request["do"] == "predict":
        return [request["slope"] * x + request["offset"] for x in request["xs"]]
    raise ValueError(f"cannot do {request['do']!r}")


def serve_client(connection):
    with connection:
        while True:
            try:
                request = connection.recv()
            except EOFError:
                return
            try:
                connection.send({"result": answer(request)})
            except Exception as error:
                connection.send({"error": f"{type(error).__name__}: {error}"})


def accept_all(listener):
    while True:
        connection = listener.accept()
        threading.Thread(target=serve_client, args=(connection,), daemon=True).start()


def serve():
    with Listener(("127.0.0.1", 0), authkey=key) as listener:
        print(listener.address[1], flush=True)
        threading.Thread(target=accept_all, args=(listener,), daemon=True).start()
        sys.stdin.read()  # ends with the program that started this one


def ask(host, port):
    with Client((host, int(port)), authkey=key) as connection:
        connection.send({"numbers": [10, 20, 21], "blob": b"\x00\xff", "tags": {"a", "b"}})
        print(json.dumps(connection.recv()), flush=True)


if sys.argv[1] == "serve":
    serve()
else:
    ask(*sys.argv[2:])
