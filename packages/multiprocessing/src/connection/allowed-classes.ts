import { ArgumentTypeError, ValueError } from "@concurrent-futures/core";
import { checkArray, describeValue } from "@concurrent-futures/core/options";

/** A class whose instances or errors a receiver takes from a network. */
export type AllowedClass = abstract new (...args: never[]) => unknown;

/**
 * The classes of an `allow` option by their names, under which messages mention them.
 *
 * @throws ArgumentTypeError for what is not a class; ValueError for two of one name, or one without a name.
 */
export function checkAllowedClasses(value: unknown): ReadonlyMap<string, Function> {
  const classes = new Map<string, Function>();
  if (value === undefined) return classes;
  checkArray("allow", value, "classes");
  for (const Class of value) {
    if (typeof Class !== "function" || typeof Class.prototype !== "object") {
      throw new ArgumentTypeError(`Expected \`allow\` to hold classes, got ${describeValue(Class)}.`);
    }
    if (Class.name === "") throw new ValueError("Expected each class in `allow` to have a name.");
    if (classes.has(Class.name)) {
      throw new ValueError(
        `Two classes in \`allow\` have the name ${describeValue(Class.name)}: messages could not tell them apart.`,
      );
    }
    classes.set(Class.name, Class);
  }
  return classes;
}
