import { move } from "concurrent-futures";

/** Gives the array back by moving it. */
export function echoMoved(values: Float64Array): Float64Array {
  return move(values);
}
