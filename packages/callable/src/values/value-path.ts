import type { FunctionShape } from "../wire.ts";

/**
 * The way from an argument to the part that is being looked at, for messages: `argument 1 .options.socket`, or, once
 * inside a function, its variable: `` `socket` of function handler (app.js:12) ``.
 */
export class ValuePath {
  readonly #root: string;
  #steps: (string | FunctionShape)[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  enter(step: string): void {
    this.#steps.push(step);
  }

  enterFunction(shape: FunctionShape): void {
    this.#steps.push(shape);
  }

  leave(): void {
    this.#steps.pop();
  }

  /** How deep the walk is; set it back to forget an attempt that ended early. */
  get depth(): number {
    return this.#steps.length;
  }

  set depth(depth: number) {
    this.#steps.length = depth;
  }

  /** Whether a function is being written, so that this is something that it captured. */
  get inCapture(): boolean {
    return this.#steps.some((step) => typeof step === "object");
  }

  /** A copy of the way so far, to come back to it later. */
  branch(): readonly (string | FunctionShape)[] {
    return [...this.#steps];
  }

  /** Goes to another place; gives the one that was left. */
  swap(steps: readonly (string | FunctionShape)[]): readonly (string | FunctionShape)[] {
    const before = this.#steps;
    this.#steps = [...steps];
    return before;
  }

  /** Where the way begins: the argument or the variable of the submitted function, and the path inside of it. */
  get beginning(): string {
    const own = typeof this.#steps[0] === "object" ? 1 : 0;
    const end = this.#steps.findIndex((step, index) => index >= own && typeof step === "object");
    return this.#show(end < 0 ? this.#steps : this.#steps.slice(0, end));
  }

  toString(): string {
    return this.#show(this.#steps);
  }

  #show(steps: readonly (string | FunctionShape)[]): string {
    const at = steps.findLastIndex((step) => typeof step === "object");
    const path = shorten(steps.slice(at + 1) as string[]);
    if (at < 0)
      return path === "" ? this.#root : this.#root === "" ? path.replace(/^\./, "") : `${this.#root} ${path}`;
    const owner = describeFunction(steps[at] as FunctionShape);
    if (path === "") return owner;
    return path.startsWith("`") ? `the variable ${path} of ${owner}` : `${path} of ${owner}`;
  }
}

/** A path as a reader wants it: a chain of thousands of links says nothing in its middle. */
function shorten(steps: readonly string[]): string {
  if (steps.length <= 12) return steps.join("");
  return `${steps.slice(0, 6).join("")} … ${steps.slice(-3).join("")}`;
}

function describeFunction(shape: FunctionShape): string {
  const file = shape.file.slice(shape.file.lastIndexOf("/") + 1);
  return `${shape.kind} ${shape.name === "" ? "(anonymous)" : shape.name} (${file}:${shape.line + 1})`;
}
