import { expect } from "@jest/globals";
import { BrokenProcessPool, CancelledError, RuntimeError, ValueError } from "concurrent-futures";
import { crash, exit, fail, identity, passGate, pid, pow, toText, whoAmI } from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { describeExecutor, processPools } from "./support/subjects.ts";
import { collected, rejection, thrown, until } from "./support/waiting.ts";

const isSpawn = (name: string) => name.endsWith("spawn");

describeExecutor("ProcessPoolExecutorTest", processPools, ({ name, create }, row) => {
  row("test_killed_child", async () => {
    const executor = create({ maxWorkers: 1, onWorkerCrash: "break" });
    const worker = await executor.submit(pid);
    const gate = new Gate();
    const future = executor.submit(passGate, gate.path);
    await until(() => gate.reached);
    // A thread has no process id of its own that could be killed: there the call ends it.
    if (isSpawn(name)) process.kill(worker, "SIGKILL");
    else executor.killWorkers();
    expect(await rejection(future)).toBeInstanceOf(BrokenProcessPool);
    if (isSpawn(name)) {
      expect(thrown(() => executor.submit(pow, 2, 8))).toBeInstanceOf(BrokenProcessPool);
    }
  });

  row("test_broken_process_pool_traceback", async () => {
    const executor = create({ onWorkerCrash: "break" });
    const gate = new Gate();
    const futures = [
      executor.submit(passGate, gate.path),
      executor.submit(exit, 1),
      executor.submit(passGate, gate.path),
    ];
    const errors = await Promise.all(futures.map((future) => rejection(future)));
    for (const error of errors) expect(error).toBeInstanceOf(BrokenProcessPool);
    expect(new Set(errors).size).toBe(3);
  });

  row("test_map_chunksize", async () => {
    const executor = create();
    const numbers = Array.from({ length: 40 }, (_, at) => at);
    const expected = numbers.map((x) => x ** 2);
    const twos = numbers.map(() => 2);
    for (const chunksize of [6, 40, 50])
      expect(await executor.map(pow, numbers, twos, { chunksize }).toArray()).toEqual(expected);
    expect(thrown(() => executor.map(pow, numbers, twos, { chunksize: -1 }))).toBeInstanceOf(ValueError);
  });

  row("test_traceback", async () => {
    const error = (await rejection(create().submit(fail, "from the worker"))) as Error;
    expect(error).toMatchObject({ name: "RangeError", message: "from the worker" });
    expect(error.stack).toContain("tasks.mjs");
  });

  row("test_traceback_when_child_process_terminates_abruptly", async () => {
    const error = (await rejection(create().submit(exit, 99))) as BrokenProcessPool;
    expect(error).toBeInstanceOf(BrokenProcessPool);
    expect(error.worker).toMatchObject({ exitCode: 99, task: "exit" });
    expect(error.message).toContain("99");
  });

  row("test_ressources_gced_in_workers", async () => {
    const executor = create({ maxWorkers: 1 });
    const submitted = async (): Promise<WeakRef<object>> => {
      const argument = { large: "object" };
      await executor.submit(toText, argument);
      return new WeakRef(argument);
    };
    expect(await collected(await submitted())).toBe(true);
  });

  row("test_saturation", async () => {
    const executor = create({ maxWorkers: 2 });
    const gate = new Gate();
    const calls = Array.from({ length: 15 * 2 }, () => executor.submit(passGate, gate.path));
    await until(() => executor.stats().running === 2);
    expect(executor.stats()).toMatchObject({ workers: 2, running: 2, pending: 28 });
    gate.open();
    await Promise.all(calls);
  });

  row("test_idle_process_reuse_one", async () => {
    const executor = create({ maxWorkers: 4 });
    const workers = new Set<string>();
    for (let call = 0; call < 3; call++) workers.add(await executor.submit(whoAmI));
    expect(workers.size).toBe(1);
    expect(executor.stats().workers).toBe(1);
  });

  row("test_idle_process_reuse_multiple", async () => {
    const executor = create({ maxWorkers: 5 });
    await Promise.all([executor.submit(pow, 12, 7), executor.submit(pow, 33, 2)]);
    await executor.submit(pow, 119, 1);
    await Promise.all([executor.submit(pow, 18, 2), executor.submit(pow, 2, 2)]);
    expect(executor.stats().workers).toBeLessThanOrEqual(3);
  });

  row("test_max_tasks_per_child", async () => {
    const executor = create({ maxWorkers: 1, maxTasksPerChild: 3 });
    const workers: string[] = [];
    for (let call = 0; call < 4; call++) workers.push(await executor.submit(whoAmI));
    expect(new Set(workers.slice(0, 3)).size).toBe(1);
    expect(workers[3]).not.toBe(workers[0]);
    for (const maxTasksPerChild of [0, -1])
      expect(thrown(() => create({ maxTasksPerChild }))).toBeInstanceOf(ValueError);
  });

  row("test_max_tasks_per_child_pending_tasks_gh115634", async () => {
    const executor = create({ maxWorkers: 2, maxTasksPerChild: 2 });
    const futures = Array.from({ length: 12 }, (_, at) => executor.submit(pow, at, 2));
    expect(await Promise.all(futures)).toEqual(futures.map((_, at) => at ** 2));
  });

  row("test_shutdown_no_wait_max_tasks_gh119592", async () => {
    const executor = create({ maxWorkers: 1, maxTasksPerChild: 2 });
    const futures = Array.from({ length: 5 }, (_, at) => executor.submit(pow, at, 2));
    await executor.shutdown({ wait: false });
    expect(await Promise.all(futures)).toEqual([0, 1, 4, 9, 16]);
  });

  row("test_force_shutdown_during_max_tasks_worker_exit", async () => {
    const executor = create({ maxWorkers: 1, maxTasksPerChild: 1 });
    const first = executor.submit(pow, 2, 2);
    const gate = new Gate();
    const rest = Array.from({ length: 4 }, () => executor.submit(passGate, gate.path));
    await first;
    executor.killWorkers();
    for (const future of rest) {
      const error = await rejection(future);
      expect(error instanceof CancelledError || error instanceof BrokenProcessPool).toBe(true);
    }
    await executor.shutdown();
    expect(executor.stats().workers).toBe(0);
  });

  row("test_failed_worker_replacement_breaks_pool", async () => {
    const gate = new Gate();
    // The first worker starts; those after it find the file and cannot.
    const start = `data:text/javascript,
      import { existsSync } from "node:fs";
      if (existsSync(${JSON.stringify(gate.path)})) throw new Error("cannot start");`;
    const executor = create({ maxWorkers: 1, execArgv: ["--import", start] });
    expect(await executor.submit(pow, 2, 2)).toBe(4);
    gate.open();
    expect(await rejection(executor.submit(exit, 1))).toBeInstanceOf(BrokenProcessPool);
    // Who submits before that is known is told by the future; who submits later, at the call.
    const meanwhile = async (): Promise<unknown> => await executor.submit(pow, 2, 2);
    expect(await rejection(meanwhile())).toBeInstanceOf(BrokenProcessPool);
    expect(thrown(() => executor.submit(pow, 2, 2))).toBeInstanceOf(BrokenProcessPool);
  });

  row("test_max_tasks_early_shutdown", async () => {
    const executor = create({ maxWorkers: 3, maxTasksPerChild: 1 });
    const futures = Array.from({ length: 6 }, (_, at) => executor.submit(pow, at, 2));
    await executor.shutdown();
    expect(await Promise.all(futures)).toEqual([0, 1, 4, 9, 16, 25]);
  });

  for (const how of ["terminateWorkers", "killWorkers"] as const) {
    const method = how === "killWorkers" ? "test_kill_workers" : "test_terminate_workers";

    row(method, async () => {
      const executor = create({ maxWorkers: 1 });
      const gate = new Gate();
      const stuck = executor.submit(passGate, gate.path);
      const waiting = Array.from({ length: 5 }, () => executor.submit(identity, 1));
      await until(() => gate.reached);
      executor[how]();
      expect(await rejection(stuck)).toBeInstanceOf(BrokenProcessPool);
      for (const future of waiting) expect(future.cancelled()).toBe(true);
    });

    row(`test_force_shutdown_workers: ${how}`, async () => {
      const executor = create({ maxWorkers: 1 });
      const worker = await executor.submit(pid);
      const gate = new Gate();
      const stuck = executor.submit(passGate, gate.path);
      await until(() => gate.reached);
      executor[how]();
      const error = (await rejection(stuck)) as BrokenProcessPool;
      expect(error).toBeInstanceOf(BrokenProcessPool);
      expect(error.message).toBe(
        `\`passGate\` was lost: ${how}() ended its pool, with all its running calls.`,
      );
      await executor.shutdown();
      if (!isSpawn(name)) return;
      expect(error.worker?.signal).toBe(how === "killWorkers" ? "SIGKILL" : "SIGTERM");
      expect(() => process.kill(worker, 0)).toThrow("ESRCH");
    });

    row(`test_force_shutdown_workers_dead_workers: ${how}`, async () => {
      const executor = create({ maxWorkers: 1, onWorkerCrash: "break" });
      expect(await rejection(executor.submit(crash))).toBeInstanceOf(BrokenProcessPool);
      executor[how]();
      await executor.shutdown();
    });

    row(`test_force_shutdown_workers_not_started_yet: ${how}`, async () => {
      const executor = create();
      executor[how]();
      expect(executor.stats().workers).toBe(0);
      await executor.shutdown();
    });

    row(`test_force_shutdown_workers_stops_pool: ${how}`, async () => {
      const executor = create({ maxWorkers: 1 });
      await executor.submit(pow, 2, 2);
      executor[how]();
      const error = thrown(() => executor.submit(pow, 2, 2));
      expect(error).toBeInstanceOf(RuntimeError);
      await executor.shutdown();
      expect(executor.stats().workers).toBe(0);
    });
  }
});
