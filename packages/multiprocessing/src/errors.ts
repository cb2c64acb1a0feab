import { FuturesError, RuntimeError } from "@concurrent-futures/core";
import { brand } from "./brand.ts";

/** The errors of multiprocessing, with Python's names and hierarchy. Those of the executors are in core. */

/** Python's `multiprocessing.ProcessError`: the parent of this package's errors about other workers. */
export class ProcessError extends FuturesError {
  override readonly code: string = "ERR_PROCESS";
}
brand(ProcessError, import.meta.url, "ProcessError");

/**
 * A wait of this package ran out of time. As in Python it is a {@link ProcessError}; unlike there it is the general
 * `TimeoutError` of core as well, so that one `catch` serves both.
 */
export class TimeoutError extends ProcessError {
  override readonly code = "ERR_TIMEOUT";
}
brand(TimeoutError, import.meta.url, "TimeoutError", "multiprocessing.TimeoutError", ["TimeoutError"]);

/** `recvBytesInto` was given less room than the message needs. The message is not lost: it is in `data`. */
export class BufferTooShort extends ProcessError {
  override readonly code = "ERR_BUFFER_TOO_SHORT";
  /** The whole message (Python: `args[0]`). */
  readonly data: Uint8Array;
  constructor(data: Uint8Array, room: number) {
    super(
      `The message has ${data.length} bytes, the buffer has room for ${room}. It is in the error's \`data\`.`,
    );
    this.data = data;
  }
}
brand(BufferTooShort, import.meta.url, "BufferTooShort");

/** The other side of a connection does not know the `authkey`. */
export class AuthenticationError extends ProcessError {
  override readonly code = "ERR_AUTHENTICATION";
}
brand(AuthenticationError, import.meta.url, "AuthenticationError");

/** No room in a bounded queue, at once or within the timeout (Python: `queue.Full`). */
export class Full extends FuturesError {
  override readonly code = "ERR_QUEUE_FULL";
  constructor(message = "The queue is full: get() some items first, or wait longer.") {
    super(message);
  }
}
brand(Full, import.meta.url, "Full");

/** Nothing in a queue, at once or within the timeout (Python: `queue.Empty`). */
export class Empty extends FuturesError {
  override readonly code = "ERR_QUEUE_EMPTY";
  constructor(message = "The queue is empty: put() an item first, or wait longer.") {
    super(message);
  }
}
brand(Empty, import.meta.url, "Empty");

/** A barrier was aborted or reset, timed out, or lost a party (Python: `threading.BrokenBarrierError`). */
export class BrokenBarrierError extends RuntimeError {
  override readonly code = "ERR_BROKEN_BARRIER";
}
brand(BrokenBarrierError, import.meta.url, "BrokenBarrierError");

/** A worker died while it held this lock: what the lock protects may be half done. Python waits forever instead. */
export class LockAbandonedError extends RuntimeError {
  override readonly code = "ERR_LOCK_ABANDONED";
}
brand(LockAbandonedError, import.meta.url, "LockAbandonedError");

/** The caller does not hold the lock (Python: `AssertionError`). */
export class AssertionError extends FuturesError {
  override readonly code = "ERR_ASSERTION_FAILED";
}
brand(AssertionError, import.meta.url, "AssertionError");

/** An error inside a manager's server that could not travel itself; its text is in the message. */
export class RemoteError extends FuturesError {
  override readonly code = "ERR_REMOTE";
}
brand(RemoteError, import.meta.url, "RemoteError");

/** A manager's server has refused what a client asked for: it would hold more for that client than its `limits` allow. */
export class LimitError extends FuturesError {
  override readonly code: string = "ERR_LIMIT";
}
brand(LimitError, import.meta.url, "LimitError");

/** Too many requests of one client are being carried out at a time, or they are too large together. */
export class RequestLimitError extends LimitError {
  override readonly code = "ERR_LIMIT_REQUESTS";
  constructor(requests: number, bytes: number) {
    super(
      `The manager's server handles ${requests} requests of one client at a time, with ${bytes} bytes in total. ` +
        "Wait for some before the next, or raise `limits.requests` or `limits.requestBytes` there.",
    );
  }
}
brand(RequestLimitError, import.meta.url, "RequestLimitError");

/** One client has too many proxies, with those that are in flight. */
export class ReferenceLimitError extends LimitError {
  override readonly code = "ERR_LIMIT_REFERENCES";
  constructor(references: number) {
    super(
      `The manager's server keeps objects for ${references} proxies of one client. ` +
        "Release some with releaseProxy(), or raise `limits.references` there.",
    );
  }
}
brand(ReferenceLimitError, import.meta.url, "ReferenceLimitError");

/** A pool's result could not travel; Python's `exc` and `value`, as texts, tell what and why. */
export class MaybeEncodingError extends FuturesError {
  override readonly code = "ERR_MAYBE_ENCODING";
  /** Why it could not travel, as text. */
  readonly exc: string;
  /** The result that could not travel, as text. */
  readonly value: string;
  constructor(exc: string, value: string, options?: { readonly cause?: unknown }) {
    super(`Error sending result: '${value}'. Reason: '${exc}'`, options);
    this.exc = exc;
    this.value = value;
  }
}
brand(MaybeEncodingError, import.meta.url, "MaybeEncodingError");

/** Nothing is left to receive and the other side is closed (Python: `EOFError`). */
export class EOFError extends FuturesError {
  override readonly code = "ERR_EOF";
  constructor(message = "Nothing is left to receive: the other side was closed, or its worker ended.") {
    super(message);
  }
}
brand(EOFError, import.meta.url, "EOFError");

/** An index is outside of a list or array (Python: `IndexError`). */
export class IndexError extends FuturesError {
  override readonly code = "ERR_OUT_OF_RANGE";
}
brand(IndexError, import.meta.url, "IndexError");

/** The handle does not allow this operation: after `close()`, in the wrong direction (Python: `OSError`). */
export class OSError extends FuturesError {
  override readonly code: string = "ERR_OS";
}
brand(OSError, import.meta.url, "OSError");

/** Sending to a connection whose other side is closed (Python: `BrokenPipeError`). */
export class BrokenPipeError extends OSError {
  override readonly code = "ERR_BROKEN_PIPE";
}
brand(BrokenPipeError, import.meta.url, "BrokenPipeError");

/** A shared memory block of that name exists already (Python: `FileExistsError`). */
export class FileExistsError extends OSError {
  override readonly code = "ERR_FILE_EXISTS";
}
brand(FileExistsError, import.meta.url, "FileExistsError");

/** There is no shared memory block of that name (Python: `FileNotFoundError`). */
export class FileNotFoundError extends OSError {
  override readonly code = "ERR_FILE_NOT_FOUND";
}
brand(FileNotFoundError, import.meta.url, "FileNotFoundError");
