import { expect } from "@jest/globals";
import { BrokenExecutor } from "concurrent-futures";
import { failingInitializer, identity, initialize, whatWasInitialized } from "./fixtures/tasks.mjs";
import { describeExecutor, executors } from "./support/subjects.ts";
import { rejection, thrown } from "./support/waiting.ts";

describeExecutor("InitializerMixin", executors, ({ create }, row) => {
  row("test_initializer", async () => {
    const executor = create({ maxWorkers: 2, initializer: initialize, initargs: ["initialized"] });
    const futures = Array.from({ length: 6 }, () => executor.submit(whatWasInitialized));
    expect(await Promise.all(futures)).toEqual(futures.map(() => "initialized"));
  });
});

describeExecutor("FailingInitializerMixin", executors, ({ create }, row) => {
  row("test_initializer", async () => {
    const executor = create({ maxWorkers: 2, initializer: failingInitializer });
    const future = executor.submit(identity, 1);
    const error = (await rejection(future)) as BrokenExecutor;
    expect(error).toBeInstanceOf(BrokenExecutor);
    // CPython logs the reason; here the error has it.
    expect(error.cause).toMatchObject({ message: "error in initializer" });
    expect(thrown(() => executor.submit(identity, 2))).toBeInstanceOf(BrokenExecutor);
  });
});
