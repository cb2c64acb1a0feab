import type { Address } from "../connection/address.ts";
import type { AllowedClass } from "../connection/allowed-classes.ts";
import type { Authkey } from "../connection/authkey-option.ts";
import type { ManagerLimits } from "./limits.ts";
import type { BaseProxy, ProxyOf } from "./proxy.ts";

/** Options of a manager. */
export interface ManagerOptions {
  /** `[host, port]` or a path. @default a Unix socket in a new folder that only this user can enter */
  readonly address?: Address;
  /** The secret that clients must know. @default this program's own, which its workers have too */
  readonly authkey?: Authkey;
  /**
   * What each client may make the server hold; see {@link ManagerLimits}. Without an address and a key, only this program's
   * own workers reach the server: then requests and proxies are not limited unless it is said here.
   */
  readonly limits?: Partial<ManagerLimits>;
  /**
   * Classes whose instances are taken from the other side, made by their static `[revive](state, "network")`, and classes of
   * errors: where this starts the server, by the server and by this thread; where this connects, by this thread. A class
   * that goes both ways is given at both ends. All else arrives as data, or is refused.
   * @default none
   */
  readonly allow?: readonly AllowedClass[];
}

/** What makes an object: a function, or a class. */
export type AnyCallable = ((...args: never[]) => unknown) | (new (...args: never[]) => unknown);

/** Options of `register`. */
export interface RegisterOptions {
  /** A function that makes the object in the server, or its class. Only where the server is started. */
  readonly callable?: AnyCallable | undefined;
  /** The methods that clients may call. @default all whose names do not begin with an underscore */
  readonly exposed?: readonly string[] | undefined;
  /** A function that wraps the proxy (Python: the class of the proxy). */
  readonly proxytype?: ((proxy: BaseProxy) => unknown) | undefined;
  /** Methods whose results stay in the server, with the name of the type as which a proxy goes out. */
  readonly methodToTypeid?: Readonly<Record<string, string>> | undefined;
}

/** The object that a callable makes. */
type Made<C> = C extends new (
  ...args: never[]
) => infer T
  ? T
  : C extends (...args: never[]) => infer R
    ? Awaited<R>
    : unknown;
type ArgumentsOf<C> = C extends new (
  ...args: infer A
) => unknown
  ? A
  : C extends (...args: infer A) => unknown
    ? A
    : unknown[];

/** A manager that has got a method by `register`. */
export type WithType<M, N extends string, C> = M & {
  readonly [K in N]: (...args: ArgumentsOf<C>) => Promise<ProxyOf<Made<C>>>;
};
