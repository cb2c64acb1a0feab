import * as tasks from "../tasks/index.ts";
import type { Peer } from "./peer.ts";

const byName = { ...tasks };

/** No pool at all: what a person would write without one. */
export const sequential: Peer = {
  name: "sequential",
  kind: "sequential",
  settings: () => "a plain loop on the main thread, each result in a promise that is awaited with the others",
  async open() {
    return {
      call: async (name, argument) => (byName[name] as (argument: unknown) => unknown)(argument),
      close: async () => {},
    };
  },
};
