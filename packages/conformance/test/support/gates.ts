import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "@jest/globals";

const folder = mkdtempSync(join(tmpdir(), "conformance-"));
const closed = new Set<Gate>();
let number = 0;

/** A door that calls in any worker can wait for; `passGate(gate.path)` waits. Opened after the test at the latest. */
export class Gate {
  readonly path: string = join(folder, `gate-${number++}`);

  constructor() {
    closed.add(this);
  }

  /** Whether the code of a call has come to this door: `running()` of a process says when it was sent. */
  get reached(): boolean {
    return existsSync(`${this.path}.begun`);
  }

  open(): void {
    writeFileSync(this.path, "");
    closed.delete(this);
  }
}

afterEach(() => {
  for (const gate of [...closed]) gate.open();
});
afterAll(async () => {
  // Calls that nobody waits for may still be looking for their gate.
  // biome-ignore lint/style/noRestrictedGlobals: after all tests; nothing is asserted.
  await new Promise((resolve) => setTimeout(resolve, 50));
  rmSync(folder, { recursive: true, force: true });
});
