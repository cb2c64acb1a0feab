/** What is read and written at an index by methods. */
interface Indexed {
  get(index: number): unknown;
  set(index: number, value: never): void;
}

/** Also `-1`, which counts from the end as in Python. */
const indexKey = /^(?:0|-?[1-9]\d*)$/;

const handler: ProxyHandler<object> = {
  get(target, key, receiver: Indexed) {
    return isIndex(key) ? receiver.get(Number(key)) : Reflect.get(target, key, receiver);
  },
  set(target, key, value: never, receiver: Indexed) {
    if (!isIndex(key)) return Reflect.set(target, key, value, receiver);
    receiver.set(Number(key), value);
    return true;
  },
};

function isIndex(key: string | symbol): key is string {
  return typeof key === "string" && indexKey.test(key);
}

/**
 * Lets instances of a class be read and written by `array[0]`, as in Python, through its `get` and `set`. Without it JavaScript
 * would give `undefined`, and keep what is assigned to itself, without a word. The Proxy is above the class's prototype, so
 * that only what neither the object nor its class has comes past it, and methods cost what they did.
 */
export function defineIndexAccess(Class: { readonly prototype: Indexed }): void {
  const { prototype } = Class;
  Object.setPrototypeOf(prototype, new Proxy(Object.getPrototypeOf(prototype) as object, handler));
}
