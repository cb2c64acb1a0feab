/**
 * Whether JSON carries a value without any difference, as it does most messages. For small ones it is several times
 * faster than V8's serializer, which has to be set up again each time.
 *
 * Only small values are looked at, so that what was seen can be kept in a short list.
 */
export function isJsonSafe(value: object): boolean {
  seen.length = 0;
  try {
    return visit(value);
  } finally {
    seen.length = 0;
  }
}

/** More makes the look itself slow: it compares each object with all before it. */
const mostObjects = 16;
const mostMembers = 64;
const seen: object[] = [];

function visit(value: object): boolean {
  // The same object twice would become two; a cycle would not end.
  if (seen.length >= mostObjects || seen.includes(value)) return false;
  seen.push(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype && Array.isArray(value)) {
    if (value.length > mostMembers || Object.keys(value).length !== value.length) return false;
    for (let i = 0; i < value.length; i++) if (!isSafe(value[i])) return false;
    return true;
  }
  if (prototype !== Object.prototype) return false;
  let members = 0;
  for (const key in value) {
    if (++members > mostMembers || !Object.hasOwn(value, key)) return false;
    if (!isSafe((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function isSafe(member: unknown): boolean {
  switch (typeof member) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(member) && !Object.is(member, -0);
    case "object":
      return member === null || visit(member);
    default:
      return false;
  }
}
