import type { Peer } from "./peer.ts";

/** The pools that can run any of the shared tasks, ours first. Loaded when asked for: a case pays only for its own peers. */
export const pools: readonly { readonly name: string; load(): Promise<Peer> }[] = [
  { name: "ours", load: async () => (await import("./ours.ts")).ours },
  { name: "piscina", load: async () => (await import("./piscina.ts")).piscina },
  { name: "tinypool", load: async () => (await import("./tinypool.ts")).tinypool },
  { name: "workerpool", load: async () => (await import("./workerpool.ts")).workerpoolPeer },
  { name: "jest-worker", load: async () => (await import("./jest-worker.ts")).jestWorker },
  { name: "poolifier", load: async () => (await import("./poolifier.ts")).poolifier },
];
