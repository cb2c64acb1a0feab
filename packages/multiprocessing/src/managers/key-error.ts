import { FuturesError } from "@concurrent-futures/core";
import { brand } from "../brand.ts";

/** A managed dict has no such key (Python: `KeyError`). */
export class KeyError extends FuturesError {
  override readonly code = "ERR_KEY";
}
brand(KeyError, import.meta.url, "KeyError");
