/** Something with a price. */
export interface Order {
  readonly item: string;
  readonly cents: number;
}

/** Reads `"tea: 3.50"`. Takes a moment, like real parsing of real input. */
export function parseOrder(line: string): Order {
  const [item, price] = line.split(": ");
  const cents = Math.round(Number(price) * 100);
  if (item === undefined || Number.isNaN(cents))
    throw new SyntaxError(`not an order: ${JSON.stringify(line)}`);
  let checksum = 0;
  for (let round = 0; round < 20_000_000; round++) checksum = (checksum * 31 + round) | 0;
  return { item, cents: checksum === -1 ? 0 : cents };
}
