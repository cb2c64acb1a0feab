/** Whether a function has no source of its own. */
export function isNative(value: Function): boolean {
  return Function.prototype.toString.call(value).endsWith("{ [native code] }");
}
