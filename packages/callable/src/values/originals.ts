import { sharedState } from "../load/shared-state.ts";

/**
 * Classes that were sent by value, so that instances which come back are of the very class that was sent. Held
 * weakly: a class that its program has forgotten is defined again.
 */

const state = sharedState("original classes", () => ({
  originals: new Map<string, WeakRef<Function>>(),
  tokens: new WeakMap<Function, string>(),
  prefix: `${Math.random().toString(36).slice(2)}${Date.now().toString(36)}`,
  count: 0,
}));
const { originals, tokens } = state;

/** The class's own token; every thread and process makes its own. */
export function tokenFor(Class: Function): string {
  let token = tokens.get(Class);
  if (token === undefined) {
    token = `${state.prefix}.${++state.count}`;
    rememberAs(Class, token);
  }
  return token;
}

/** Lets a token stand for a class: here, where it was made, and where its text was evaluated. */
export function rememberAs(Class: Function, token: string): void {
  tokens.set(Class, token);
  originals.set(token, new WeakRef(Class));
}

/** The class of a token, when it is known here. */
export function originalOf(token: string): Function | undefined {
  return originals.get(token)?.deref();
}
