import { randomBytes } from "node:crypto";
import { AttributeError } from "./attribute-error.ts";
import { publicMethods, type RegisteredType } from "./registry.ts";
import type { Session } from "./session.ts";

/** How long an object is kept for a proxy that is on its way, in milliseconds. Shorter: a slow traveller finds nothing. */
const leaseTime = 300_000;

/** An object of a server, and how many proxies there are of it. */
export interface TableEntry {
  readonly object: unknown;
  readonly type: string;
  readonly exposed: readonly string[];
  readonly registered: RegisteredType;
  count: number;
}

/** The objects of a server. One goes when no client has a proxy of it, and none is on its way. */
export class ObjectTable {
  readonly #entries: Map<string, TableEntry> = new Map();

  get size(): number {
    return this.#entries.size;
  }

  add(object: unknown, type: string, registered: RegisteredType): string {
    const id = randomBytes(16).toString("hex");
    const exposed = registered.exposed ?? publicMethods(object);
    this.#entries.set(id, { object, type, exposed, registered, count: 0 });
    this.lease(id);
    return id;
  }

  get(id: string): TableEntry {
    const found = this.#entries.get(id);
    if (found === undefined) {
      throw new AttributeError(
        "The object is gone: all of its proxies were released, or it is another server's.",
      );
    }
    return found;
  }

  lease(id: string): void {
    this.#change(id, 1);
    setTimeout(() => this.#change(id, -1), leaseTime).unref();
  }

  incref(id: string, session?: Session): void {
    this.#change(id, 1);
    session?.references.set(id, (session.references.get(id) ?? 0) + 1);
  }

  decref(id: string, session?: Session): void {
    if (session !== undefined) {
      const own = session.references.get(id) ?? 0;
      // A client can give up only what it has.
      if (own === 0) return;
      session.references.set(id, own - 1);
    }
    this.#change(id, -1);
  }

  /** Gives up all that a client had. */
  releaseAll(session: Session): void {
    for (const [id, count] of session.references) this.#change(id, -count);
    session.references.clear();
  }

  #change(id: string, by: number): void {
    const found = this.#entries.get(id);
    if (found === undefined) return;
    found.count += by;
    if (found.count <= 0) this.#entries.delete(id);
  }
}
