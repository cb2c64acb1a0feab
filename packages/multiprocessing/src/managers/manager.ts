import { type CallableRef, describe, inRole, pack } from "@concurrent-futures/callable";
import { ArgumentTypeError, RuntimeError, ValueError } from "@concurrent-futures/core";
import { checkFunction, checkOptions, describeValue } from "@concurrent-futures/core/options";
import { staysHere } from "@concurrent-futures/core/stays-here";
import { assertBootstrapped } from "@concurrent-futures/process/workers";
import { type Address, checkAddress } from "../connection/address.ts";
import { checkAllowedClasses } from "../connection/allowed-classes.ts";
import { givenKey } from "../connection/authkey-option.ts";
import { temporaryAddress } from "../connection/temporary-address.ts";
import { processKey } from "../process/authkey.ts";
import { builtinTypes } from "./builtin-types.ts";
import { checkManagerLimits, type ManagerLimits } from "./limits.ts";
import { linkTo } from "./link.ts";
import type { AnyCallable, ManagerOptions, RegisterOptions, WithType } from "./manager-options.ts";
import { checkProxyState } from "./messages.ts";
import { type BaseProxy, makeProxy } from "./proxy.ts";
import { packValue } from "./proxy-values.ts";
import { maker, type Registry } from "./registry.ts";
import { linkOf, resultOf } from "./remote.ts";
import { Server } from "./server.ts";
import { rememberServer, type ServerAccess } from "./server-access.ts";
import { launch, type ServerThread, whenReady } from "./start-server.ts";

/** A server whose manager was garbage-collected without shutdown() ends with the last proxy of its objects. */
const collected = new FinalizationRegistry((server: ServerThread) => server.endWhenUnused());

type State = "initial" | "started" | "connected" | "shutdown";

/**
 * Objects in a server, for many workers, processes and machines (Python: `BaseManager`).
 *
 * @example
 * ```ts
 * const manager = new BaseManager({ address: ["127.0.0.1", 0], authkey: "secret" })
 *   .register("Counter", { callable: Counter });
 * await manager.start();
 * const counter = await manager.Counter();
 * await counter.increment();
 * ```
 */
export class BaseManager implements AsyncDisposable {
  readonly #types: Map<string, RegisterOptions> = new Map();
  readonly #temporary: boolean;
  readonly #access: Required<ServerAccess>;
  readonly #limits: ManagerLimits;
  #address: Address;
  #state: State = "initial";
  #thread: ServerThread | undefined;

  constructor(options: ManagerOptions = {}) {
    checkOptions("options", options, ["address", "authkey", "limits", "allow"]);
    const { address } = options;
    const given = givenKey(options);
    if (given === null)
      throw new ValueError("A manager needs an authkey: leave it out for this program's own.");
    this.#temporary = address === undefined;
    const trusted = address === undefined && given === undefined;
    this.#limits = checkManagerLimits(options.limits, trusted);
    const allow = checkAllowedClasses(options.allow);
    this.#address = address === undefined ? "" : checkAddress(address);
    this.#access = { key: given ?? processKey(), trusted, allow };
    for (const [name, type] of registeredIn(new.target)) this.register(name, type);
  }

  /** Registers a type for all managers of this class that are made afterwards. */
  static register(name: string, options: RegisterOptions = {}): void {
    checkType(name, options);
    // biome-ignore lint/complexity/noThisInStatic: the subclass that it is called on, not this class
    let own = ofClass.get(this);
    if (own === undefined) {
      own = new Map();
      // biome-ignore lint/complexity/noThisInStatic: as above
      ofClass.set(this, own);
    }
    own.set(name, options);
  }

  /** Whether its server makes objects of the built-in types, too; otherwise it serves what was registered, and nothing more. */
  protected get servesBuiltinTypes(): boolean {
    return false;
  }

  /** Where the server is. */
  get address(): Address {
    return this.#address;
  }

  /**
   * Registers a type, and adds a method of its name, which gives a promise of a proxy.
   *
   * @returns this manager, typed with that method.
   * @throws RuntimeError when the server is running already.
   */
  register<N extends string, C extends AnyCallable>(
    name: N,
    options: RegisterOptions & { readonly callable?: C | undefined } = {},
  ): WithType<this, N, C> {
    checkType(name, options);
    if (this.#state === "started" && options.callable !== undefined) {
      throw new RuntimeError("The server is running: register() before start().");
    }
    this.#types.set(name, options);
    const value = async (...args: unknown[]): Promise<unknown> => {
      const proxy = await this.create(name, args);
      return options.proxytype === undefined ? proxy : options.proxytype(proxy);
    };
    Object.defineProperty(this, name, { value, configurable: true, writable: true });
    return this as unknown as WithType<this, N, C>;
  }

  /**
   * Starts the server, in a thread of its own. What was registered travels there as functions do to any worker.
   *
   * @param initializer - called in the server's thread before it listens.
   * @throws OSError when the address is taken; what `initializer` throws; RuntimeError when it was started before,
   * or by a module that a worker imports.
   */
  async start<A extends unknown[]>(initializer?: (...args: A) => unknown, initargs?: A): Promise<this> {
    if (initializer !== undefined) checkFunction("initializer", initializer);
    this.#begin();
    assertBootstrapped("a manager");
    if (this.#temporary) this.#address = temporaryAddress();
    try {
      const types = [...this.#types].map(([type, { callable, exposed, methodToTypeid }]) => ({
        type,
        callable: callable && described(callable),
        exposed,
        methodToTypeid: methodToTypeid ?? {},
      }));
      const setUp =
        initializer &&
        inRole("initializer", () => ({
          callable: described(initializer),
          args: pack(initargs ?? []),
        }));
      this.#thread = launch(
        {
          name: this.constructor.name,
          address: this.#address,
          ...this.#access,
          limits: this.#limits,
          allow: [...this.#access.allow.values()].map(described),
          types,
          builtin: this.servesBuiltinTypes,
          initializer: setUp,
          wakeWord: new Int32Array(new SharedArrayBuffer(4)),
        },
        this.#temporary,
      );
      this.#address = await whenReady(this.#thread);
    } catch (error) {
      this.#state = "shutdown";
      throw error;
    }
    this.#state = "started";
    // A client that knows the manager's own address may connect at any time.
    if (this.#temporary) collected.register(this, this.#thread, this);
    rememberServer(this.#address, this.#access);
    return this;
  }

  /**
   * Uses a server that runs elsewhere, at the address given.
   *
   * @throws AuthenticationError when the key is refused; BrokenPipeError when nobody answers.
   */
  async connect(): Promise<this> {
    if (this.#temporary)
      throw new ValueError("connect() needs the address of a server: new BaseManager({ address }).");
    await resultOf(this, await linkTo(this.#address, this.#access.key, "network").request({ op: "info" }));
    rememberServer(this.#address, { ...this.#access, trusted: false });
    this.#state = "connected";
    return this;
  }

  /** The server itself, to run it in this thread: `await manager.getServer().serveForever()`. */
  getServer(): Server {
    this.#begin();
    if (this.#temporary) this.#address = temporaryAddress();
    const registry: Registry = this.servesBuiltinTypes ? builtinTypes(this.#access.trusted) : new Map();
    for (const [name, { callable, exposed, methodToTypeid }] of this.#types) {
      registry.set(name, {
        make: callable && maker(callable),
        exposed,
        methodToTypeid: methodToTypeid ?? {},
      });
    }
    return new Server({
      address: this.#address,
      ...this.#access,
      registry,
      limits: this.#limits,
      temporary: this.#temporary,
    });
  }

  /** Makes an object of a registered type. The methods that `register` adds call it. */
  async create(type: string, args: readonly unknown[] = []): Promise<BaseProxy> {
    this.#checkRunning();
    const packed = packValue(
      args,
      this.#access.trusted ? "spawn" : "network",
      "the arguments",
      this.#address,
    );
    const reply = await linkOf(this).request({ op: "create", type, args: packed });
    const state = checkProxyState(await resultOf(this, reply));
    // The server may know itself by another name: 0.0.0.0, or what its machine is called at home.
    return makeProxy({ ...state, address: this.#address }) as BaseProxy;
  }

  /**
   * Ends the server that this manager started. Proxies fail from then on. Twice does no harm.
   *
   * @throws RuntimeError when this manager only connected to it.
   */
  async shutdown(): Promise<void> {
    const thread = this.#thread;
    if (this.#state === "connected") {
      throw new RuntimeError(
        "This manager is only connected. Call shutdown() on the manager that started the server.",
      );
    }
    if (thread === undefined || this.#state === "shutdown") return;
    this.#state = "shutdown";
    collected.unregister(this);
    thread.terminate();
    await thread.ended;
    linkOf(this).close();
  }

  /** Waits until the server that this manager started has ended. */
  async join(): Promise<void> {
    await this.#thread?.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "started") await this.shutdown();
  }

  #begin(): void {
    if (this.#state === "started") throw new RuntimeError("Already started server");
    if (this.#state === "shutdown") throw new RuntimeError("Manager has shut down");
    if (this.#state === "connected") throw new RuntimeError("Already connected to a server");
  }

  #checkRunning(): void {
    if (this.#state === "initial")
      throw new RuntimeError("server not yet started: start() or connect() first");
    if (this.#state === "shutdown") throw new RuntimeError("Manager has shut down");
  }
}

function described(fn: unknown): CallableRef {
  return describe(fn as (...args: never[]) => unknown, "thread");
}

const ofClass = new WeakMap<object, Map<string, RegisterOptions>>();

function registeredIn(Class: object): Map<string, RegisterOptions> {
  const all = new Map<string, RegisterOptions>();
  for (let at: object | null = Class; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    for (const [name, type] of ofClass.get(at) ?? []) if (!all.has(name)) all.set(name, type);
  }
  return all;
}

const registerOptions = ["callable", "exposed", "proxytype", "methodToTypeid"];

function checkType(name: unknown, options: RegisterOptions): void {
  if (typeof name !== "string" || name === "") {
    throw new ArgumentTypeError(`Expected the name of a type, got ${describeValue(name)}.`);
  }
  if (name in BaseManager.prototype) throw new ValueError(`A manager already has a method ${name}.`);
  checkOptions("options", options, registerOptions);
  const { callable, proxytype } = options;
  if (callable !== undefined) checkFunction("callable", callable);
  if (proxytype !== undefined) checkFunction("proxytype", proxytype);
}

staysHere(BaseManager, "Send proxies of its objects, or its address.");
