import { Client } from "../connection/client.ts";
import { wait } from "../connection/wait.ts";
import { Connection } from "../contract/connection.ts";
import * as errors from "../errors.ts";
import { AttributeError } from "../managers/attribute-error.ts";
import { KeyError } from "../managers/key-error.ts";
import { BaseManager } from "../managers/manager.ts";
import { Manager, SyncManager } from "../managers/sync-manager.ts";
import { setAuthkey } from "../process/authkey.ts";
import { activeChildren } from "../process/children.ts";
import { cpuCount } from "../process/cpu-count.ts";
import { currentProcess } from "../process/current-process.ts";
import { setExecutable } from "../process/executable.ts";
import { parentProcess } from "../process/parent-process.ts";
import { getAllStartMethods } from "../start-method.ts";
import { Listener } from "./classes.ts";

/** What is the same in each context. */
export type Members = typeof errors & {
  readonly Client: typeof Client;
  readonly Connection: typeof Connection;
  readonly Listener: typeof Listener;
  readonly AttributeError: typeof AttributeError;
  readonly KeyError: typeof KeyError;
  readonly wait: typeof wait;
  readonly setAuthkey: typeof setAuthkey;
  readonly BaseManager: typeof BaseManager;
  readonly Manager: typeof Manager;
  readonly SyncManager: typeof SyncManager;
  readonly activeChildren: typeof activeChildren;
  readonly cpuCount: typeof cpuCount;
  readonly currentProcess: typeof currentProcess;
  readonly setExecutable: typeof setExecutable;
  readonly parentProcess: typeof parentProcess;
  readonly getAllStartMethods: typeof getAllStartMethods;
};

/** Makes them. */
export function members(): Members {
  return {
    ...errors,
    Client,
    Connection,
    Listener,
    AttributeError,
    KeyError,
    wait,
    setAuthkey,
    BaseManager,
    Manager,
    SyncManager,
    activeChildren,
    cpuCount,
    currentProcess,
    setExecutable,
    parentProcess,
    getAllStartMethods,
  };
}
