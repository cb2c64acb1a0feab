/** Occupies its worker until the caller opens the gate (`Atomics.store(gate, 0, 1)` and `notify`). */
export function hold(gate: Int32Array): void {
  Atomics.wait(gate, 0, 0);
}
