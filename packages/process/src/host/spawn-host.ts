import type { HostEvents, HostKind, HostOptions, WorkerHost } from "./worker-host.ts";
export class SpawnKind implements HostKind {
  readonly name = "spawn";
  readonly sharesMemory = false;
  start(_options: HostOptions, _events: HostEvents): WorkerHost {
    throw new Error("spawn");
  }
  waitSync(_hosts: readonly WorkerHost[], _milliseconds: number): void {}
}
