import { expect } from "@jest/globals";
import { BrokenExecutor, SerializationError } from "concurrent-futures";
import {
  blockUntilOpen,
  fail,
  failingInitializer,
  identity,
  initialize,
  passGate,
  whatWasInitialized,
} from "./fixtures/tasks.mjs";
import { typeOf, Unrevivable } from "./fixtures/troubled.mjs";
import { Gate } from "./support/gates.ts";
import { describeExecutor, processPools } from "./support/subjects.ts";
import { rejection, thrown, until } from "./support/waiting.ts";

/** Python 3.14's pool of interpreters is, in all that a user sees, the process pool with workers on threads. */
const threads = processPools.slice(0, 1);

describeExecutor("InterpreterPoolExecutorTest", threads, ({ create }, row) => {
  row("test_init_func", async () => {
    const executor = create({ maxWorkers: 1, initializer: initialize, initargs: ["before the first task"] });
    expect(await executor.submit(whatWasInitialized)).toBe("before the first task");
  });

  row("test_init_with___main___global", async () => {
    const executor = create({ maxWorkers: 1, initializer: initialize, initargs: ["in the worker"] });
    expect(await executor.submit(whatWasInitialized)).toBe("in the worker");
    expect(whatWasInitialized()).toBe("uninitialized");
  });

  row("test_init_closure", async () => {
    const text = "captured";
    const initializer = () => initialize(text);
    const executor = create({ maxWorkers: 1, initializer });
    expect(await executor.submit(whatWasInitialized)).toBe("captured");
  });

  row("test_init_instance_method", () => {
    class Local {
      value = 1;
      method() {
        return this.value;
      }
    }
    const initializer = new Local().method.bind(new Local());
    expect(thrown(() => create({ initializer }))).toBeInstanceOf(SerializationError);
  });

  row("test_init_exception_in_func", async () => {
    const executor = create({ initializer: failingInitializer });
    const error = (await rejection(executor.submit(identity, 1))) as Error;
    expect(error).toBeInstanceOf(BrokenExecutor);
    expect(error.cause).toMatchObject({ name: "RangeError", message: "error in initializer" });
  });

  row("test_submit_closure", async () => {
    const text = "captured";
    expect(await create().submit(() => `${text} and carried`)).toBe("captured and carried");
  });

  row("test_submit_local_instance", async () => {
    class Local {
      value = 1;
    }
    const local = await create().submit(identity, new Local());
    expect(local).toBeInstanceOf(Local);
    expect(local.value).toBe(1);
  });

  row("test_submit_instance_method", () => {
    class Local {
      value = 1;
      method() {
        return this.value;
      }
    }
    const local = new Local();
    expect(thrown(() => create().submit(local.method.bind(local)))).toBeInstanceOf(SerializationError);
  });

  row("test_submit_func_globals", async () => {
    // The function's module has variables of its own in each worker.
    expect(await create().submit(whatWasInitialized)).toBe("uninitialized");
  });

  row("test_submit_exception_in_func", async () => {
    const error = (await rejection(create().submit(fail, "from the worker"))) as Error;
    expect(error).toMatchObject({ name: "RangeError", message: "from the worker" });
    expect(error.stack).toContain("tasks.mjs");
  });

  const release = async (maxWorkers: number): Promise<void> => {
    const executor = create({ maxWorkers });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const blocked = Array.from({ length: 10 }, () => executor.submit(blockUntilOpen, gate));
    await until(() => executor.stats().running === maxWorkers);
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    expect(await Promise.all(blocked)).toEqual(blocked.map(() => 1));
  };

  row("test_saturation", async () => {
    const executor = create({ maxWorkers: 4 });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const blocked = Array.from({ length: 60 }, () => executor.submit(blockUntilOpen, gate));
    await until(() => executor.stats().running === 4);
    expect(executor.stats()).toMatchObject({ workers: 4, running: 4, pending: 56 });
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await Promise.all(blocked);
  });

  row("test_blocking", () => release(4));
  row("test_blocking_with_limited_workers", () => release(2));

  row("test_idle_thread_reuse", async () => {
    const executor = create({ maxWorkers: 4 });
    for (let call = 0; call < 3; call++) await executor.submit(identity, call);
    expect(executor.stats().workers).toBe(1);
  });

  row("test_pickle_errors_propagate", async () => {
    const error = (await rejection(create().submit(typeOf, new Unrevivable("error")))) as Error;
    expect([error.message, (error.cause as Error | undefined)?.message]).toContain("on purpose");
  });

  row("test_saturation", async () => {
    const executor = create({ maxWorkers: 4 });
    const gate = new Gate();
    const calls = Array.from({ length: 15 * 4 }, () => executor.submit(passGate, gate.path));
    await until(() => executor.stats().running === 4);
    expect(executor.stats()).toMatchObject({ workers: 4, running: 4, pending: 56 });
    gate.open();
    await Promise.all(calls);
  });
});
