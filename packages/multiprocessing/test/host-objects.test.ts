import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { nodes } from "../../nodes/nodes.mjs";

const program = fileURLToPath(new URL("./fixtures/host-objects.mjs", import.meta.url));
const written = ["item", "part of an item", "message"];

/**
 * Only a message carries objects of Node. From Node 22 on V8 writes some of them down as objects without properties, so what is
 * written down must not have them.
 */
test.each(nodes)(
  "objects of Node arrive in a thread as themselves, or are refused ($name)",
  async ({ node }) => {
    const { stdout } = await promisify(execFile)(node, ["--no-warnings", program]);
    const { major, outcomes } = JSON.parse(stdout) as { major: number; outcomes: Record<string, string> };
    for (const [what, outcome] of Object.entries(outcomes)) {
      const [kind, way] = what.split(" as ") as [string, string];
      // Before Node 24 a File would arrive as a Blob, without its name.
      const refused = written.includes(way) || (kind === "File" && major < 24);
      expect([what, outcome]).toEqual([what, refused ? "SerializationError" : "itself"]);
    }
    expect(Object.keys(outcomes).length).toBe(40);
  },
);
