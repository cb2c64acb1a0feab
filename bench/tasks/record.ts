/** A small object, as most results are. */
export interface Item {
  readonly id: number;
  readonly name: string;
}

/** The smallest task that makes one. */
export function record(id: number): Item {
  return { id, name: `item ${id}` };
}
