/** A type that a server can make objects of. */
export interface RegisteredType {
  /** The name of the type when it is one of the server's own. */
  readonly builtin?: string;
  /** Makes an object; without it, clients can only meet the type on other machines. */
  readonly make: ((...args: unknown[]) => unknown) | undefined;
  /** The methods that clients may call. @default all whose names do not begin with an underscore */
  readonly exposed: readonly string[] | undefined;
  /** Methods whose result stays in the server, and the type as which a proxy of it goes out. */
  readonly methodToTypeid: Readonly<Record<string, string>>;
}

/** The types of a server, by name. */
export type Registry = Map<string, RegisteredType>;

/** A function, or a class to be instantiated, as one kind of thing. */
export function maker(callable: Function): (...args: unknown[]) => unknown {
  return isClass(callable)
    ? (...args) => Reflect.construct(callable, args) as unknown
    : (...args) => Reflect.apply(callable, undefined, args) as unknown;
}

function isClass(callable: Function): boolean {
  return /^class\b/.test(Function.prototype.toString.call(callable));
}

/** The names of an object's public methods. */
export function publicMethods(object: unknown): string[] {
  const names = new Set<string>();
  for (
    let holder: unknown = object;
    typeof holder === "object" && holder !== null && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder)
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) {
      if (name.startsWith("_") || name === "constructor" || name === "then") continue;
      if (typeof Object.getOwnPropertyDescriptor(holder, name)?.value === "function") names.add(name);
    }
  }
  return [...names];
}
