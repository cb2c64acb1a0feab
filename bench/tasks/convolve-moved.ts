import { move } from "concurrent-futures";
import { convolve } from "./convolve.ts";

/** As `convolve`, its result moved. */
export function convolveMoved(image: Float64Array, side: number, filter: Float64Array): Float64Array {
  return move(convolve(image, side, filter));
}
