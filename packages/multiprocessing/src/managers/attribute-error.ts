import { FuturesError } from "@concurrent-futures/core";
import { brand } from "../brand.ts";

/** An object of a manager has no such method, or it is not exposed (Python: `AttributeError`). */
export class AttributeError extends FuturesError {
  override readonly code = "ERR_ATTRIBUTE";
}
brand(AttributeError, import.meta.url, "AttributeError");
