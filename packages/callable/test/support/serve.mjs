import { load, pack, packError, unpack } from "@concurrent-futures/callable/load";

/** The worker's half of the tests' own little pool: one call per message. */
export async function serve({ id, ref, args }, medium, post) {
  try {
    const run = await load(ref);
    const transfer = [];
    const value = pack(await run(...(await unpack(args))), transfer, medium);
    post({ id, value }, transfer);
  } catch (error) {
    post({ id, error: packError(error) }, []);
  }
}
