import { randomBytes } from "node:crypto";
import { Deadline } from "@concurrent-futures/core/deadline";
import { AttributeError } from "./attribute-error.ts";
import { publicMethods, type RegisteredType } from "./registry.ts";
import type { Session } from "./session.ts";

/** How long an object is kept for a proxy that is in flight, in milliseconds. Shorter: a slow message finds nothing. */
const leaseTime = 300_000;

/** Keeps an object for a proxy that is in flight. It ends when the receiver of the proxy says so, or after that time. */
interface Lease {
  readonly entry: TableEntry;
  /** The client that made the server keep it; `undefined` when that client is gone, or it was the server itself. */
  session: Session | undefined;
  /** Whether the proxy goes to that client itself: when it has gone, nobody is left to receive it. */
  readonly isForSession: boolean;
  readonly deadline: Deadline;
}

/** An object of a server, and how many proxies there are of it. */
export interface TableEntry {
  readonly id: string;
  readonly object: unknown;
  readonly type: string;
  readonly exposed: readonly string[];
  readonly registered: RegisteredType;
  /** The proxies that clients have said they have. */
  references: number;
  /** Of proxies in flight, the oldest first. */
  readonly leases: Set<object>;
}

/** The objects of a server. One goes when no client has a proxy of it, and none is in flight. */
export class ObjectTable {
  readonly #entries: Map<string, TableEntry> = new Map();
  /** All of them, the oldest first, which ends first. */
  readonly #leases: Set<Lease> = new Set();
  /** Those that a client has asked for and that have not ended. */
  readonly #ofClients: Map<Session, Set<Lease>> = new Map();
  /** Those of clients that have gone, the oldest first. */
  readonly #abandoned: Set<Lease> = new Set();
  readonly #mostAbandoned: number;
  #isSweepDue = false;
  #whenEmpty: (() => void) | undefined;

  /** @param mostAbandoned - how many leases of clients that have gone are kept; the oldest ends when there are more */
  constructor(mostAbandoned: number = Number.POSITIVE_INFINITY) {
    this.#mostAbandoned = mostAbandoned;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Calls this when there are no objects, now or later. */
  whenEmpty(run: () => void): void {
    if (this.size === 0) run();
    else this.#whenEmpty = run;
  }

  /** @throws ReferenceLimitError when the client for which it is holds too much */
  add(object: unknown, type: string, registered: RegisteredType, session: Session): string {
    session.hold();
    const id = randomBytes(16).toString("hex");
    const exposed = registered.exposed ?? publicMethods(object);
    const entry = { id, object, type, exposed, registered, references: 0, leases: new Set<object>() };
    this.#entries.set(id, entry);
    this.#lease(entry, session, true);
    return id;
  }

  get(id: string): TableEntry {
    const found = this.#entries.get(id);
    if (found === undefined) {
      throw new AttributeError(
        "The object is gone: all of its proxies were released, or it belongs to another server.",
      );
    }
    return found;
  }

  /**
   * Keeps an object until a proxy of it has arrived somewhere.
   *
   * @param session - who sends it, or gets it
   * @throws AttributeError for an object that is not there; ReferenceLimitError
   */
  lease(id: string, session?: Session, isForSession: boolean = false): void {
    const entry = this.get(id);
    session?.hold();
    this.#lease(entry, session, isForSession);
  }

  /** A proxy has arrived. @throws AttributeError for an object that is not there; ReferenceLimitError */
  incref(id: string, session?: Session): void {
    const entry = this.get(id);
    const [oldest] = entry.leases as Set<Lease>;
    // What was being sent to a client becomes what it has: that is one thing, counted once.
    if (oldest === undefined || oldest.session !== session) session?.hold();
    else this.#disown(oldest);
    entry.references++;
    session?.references.set(id, (session.references.get(id) ?? 0) + 1);
    if (oldest !== undefined) this.#end(oldest);
  }

  decref(id: string, session?: Session): void {
    if (session !== undefined) {
      const own = session.references.get(id) ?? 0;
      // A client can give up only what it has.
      if (own === 0) return;
      if (own === 1) session.references.delete(id);
      else session.references.set(id, own - 1);
      session.letGo();
    }
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.references--;
    this.#endUnused(entry);
  }

  /** Gives up all that a client had, and what was being sent to it. */
  releaseAll(session: Session): void {
    for (const [id, count] of session.references) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      entry.references -= count;
      this.#endUnused(entry);
    }
    session.references.clear();
    for (const lease of this.#ofClients.get(session) ?? []) {
      this.#disown(lease);
      if (lease.isForSession) this.#end(lease);
      else this.#abandoned.add(lease);
    }
    this.#ofClients.delete(session);
    for (const lease of this.#abandoned) {
      if (this.#abandoned.size <= this.#mostAbandoned) break;
      this.#end(lease);
    }
  }

  #lease(entry: TableEntry, session: Session | undefined, isForSession: boolean): void {
    const lease: Lease = { entry, session, isForSession, deadline: new Deadline(leaseTime) };
    entry.leases.add(lease);
    this.#leases.add(lease);
    if (session !== undefined) {
      const own = this.#ofClients.get(session) ?? new Set();
      this.#ofClients.set(session, own.add(lease));
    }
    if (!this.#isSweepDue) this.#sweepAfter(lease);
  }

  #end(lease: Lease): void {
    this.#leases.delete(lease);
    lease.entry.leases.delete(lease);
    this.#abandoned.delete(lease);
    lease.session?.letGo();
    this.#disown(lease);
    this.#endUnused(lease.entry);
  }

  #disown(lease: Lease): void {
    if (lease.session !== undefined) this.#ofClients.get(lease.session)?.delete(lease);
    lease.session = undefined;
  }

  #endUnused(entry: TableEntry): void {
    if (entry.references > 0 || entry.leases.size > 0 || !this.#entries.delete(entry.id)) return;
    if (this.size === 0) this.#whenEmpty?.();
  }

  #sweepAfter({ deadline }: Lease): void {
    this.#isSweepDue = true;
    deadline.whenPassed(() => this.#sweep(), { keepAlive: false });
  }

  /** Ends the leases whose time is over. One timer does for all: each is as long. */
  #sweep(): void {
    this.#isSweepDue = false;
    for (const lease of this.#leases) {
      if (!lease.deadline.passed) {
        this.#sweepAfter(lease);
        return;
      }
      this.#end(lease);
    }
  }
}
