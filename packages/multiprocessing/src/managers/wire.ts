import type { Address } from "../connection/address.ts";

/** What a client and a manager's server say to each other, after the handshake. Requests may overtake each other. */

/** Client to server. The answer carries the same `id`; a request with id 0 wants none. */
export type Request =
  /** First on each connection: which client this is. */
  | { readonly op: "hello"; readonly id: number; readonly client: string }
  /** Makes an object of a registered type; the answer is a {@link ProxyState}. */
  | { readonly op: "create"; readonly id: number; readonly type: string; readonly args: unknown }
  | {
      readonly op: "call";
      readonly id: number;
      readonly object: string;
      readonly method: string;
      readonly args: unknown;
      /** The owner of an RLock within the client: the owner's number, then those of the owners around it. */
      readonly owner: string;
    }
  /** One more proxy of the object in this client. */
  | { readonly op: "incref"; readonly id: number; readonly object: string }
  /** One less. */
  | { readonly op: "decref"; readonly id: number; readonly object: string }
  /** A proxy is being sent: keep the object until it has arrived. */
  | { readonly op: "lease"; readonly id: number; readonly object: string }
  /** The client has the answer to the call with this number, which asked for a receipt. */
  | { readonly op: "received"; readonly id: number; readonly reply: number }
  | { readonly op: "info"; readonly id: number };

/** Server to client. */
export type Reply =
  | {
      readonly id: number;
      readonly ok: true;
      readonly value: unknown;
      /** What is in it was taken out of something: the client says when it has it, else it is put back. */
      readonly ackRequested?: boolean;
    }
  | { readonly id: number; readonly ok: false; readonly error: WireError };

/** An error: in packed form, and as texts for who cannot unpack it. */
export interface WireError {
  readonly packed: unknown;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** The state of a proxy that is sent to other machines: never the key. */
export interface ProxyState {
  readonly address: Address;
  /** The object's number in its server: random, so that nobody guesses one. */
  readonly id: string;
  readonly type: string;
  /** The name of the type when it is one of the server's own; a user may have registered another of that name. */
  readonly builtin?: string | undefined;
  /** The names of its methods. */
  readonly exposed: readonly string[];
  /** It lives in the server at one end of the way, which each side reaches by an address of its own. */
  readonly own?: boolean | undefined;
}
