/** Node's loader throws one error for each time that a failed module is asked for. */
const told = new WeakSet<object>();

/** Adds to what a module threw while it was loaded which module that was, and for what. Gives the same error. */
export function whileLoading(error: unknown, module: string, wanted: string): unknown {
  if (!(error instanceof Error) || told.has(error)) return error;
  told.add(error);
  try {
    const { message, stack } = error;
    error.message = `${message} (while loading ${module} for \`${wanted}\`)`;
    if (typeof stack === "string") error.stack = stack.replace(message, () => error.message);
  } catch {
    // It is frozen, or its message is not for others to change.
  }
  return error;
}
