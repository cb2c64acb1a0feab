import type { Container } from "../wire.ts";

/** Plain assignment, save for the one key that would set the prototype. */
export function setKey(into: Container, key: string | number, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    (into as Record<string | number, unknown>)[key] = value;
  }
}
