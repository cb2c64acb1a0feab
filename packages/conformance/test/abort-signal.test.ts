import { getEventListeners } from "node:events";
import { describe, expect, test } from "@jest/globals";
import { passGate } from "./fixtures/tasks.mjs";
import { Gate } from "./support/gates.ts";
import { executors } from "./support/subjects.ts";

describe.each(executors)("one AbortSignal for many calls on $name", ({ create }) => {
  test("has one listener as long as there are any, and Node warns of no leak", async () => {
    const warnings: Error[] = [];
    const warned = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warned);
    const executor = create();
    const { signal } = new AbortController();
    const gate = new Gate();
    const calls = Array.from({ length: 40 }, () =>
      executor.withOptions({ signal }).submit(passGate, gate.path),
    );
    expect(getEventListeners(signal, "abort").length).toBe(1);
    gate.open();
    await Promise.all(calls);
    expect(getEventListeners(signal, "abort").length).toBe(0);
    await executor.withOptions({ signal }).submit(passGate, gate.path);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warned);
    expect(warnings).toEqual([]);
  });

  test("cancels all that have not ended, and none that have", async () => {
    const executor = create();
    const controller = new AbortController();
    const signalled = executor.withOptions({ signal: controller.signal });
    const open = new Gate();
    open.open();
    const ended = await signalled.submit(passGate, open.path, "ended");
    const gate = new Gate();
    const calls = Array.from({ length: 12 }, () => signalled.submit(passGate, gate.path));
    controller.abort(new Error("enough"));
    gate.open();
    const ends = await Promise.allSettled(calls);
    expect(ended).toBe("ended");
    expect(new Set(ends.map((end) => end.status === "rejected" && String(end.reason.cause)))).toEqual(
      new Set(["Error: enough"]),
    );
  });
});
