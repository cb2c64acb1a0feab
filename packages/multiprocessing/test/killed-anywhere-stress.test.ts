import { describe, expect, test } from "@jest/globals";
import { codeAt, placesOf, survive, survivors } from "./support/dying.ts";

/**
 * Each statement that a life of a lock, queue or block passes, one process killed at each: none of those who go on may hang, and
 * no item may come in half.
 */
const long = process.env.STRESS !== undefined;

(long ? describe : describe.skip)("a process that is killed at each statement", () => {
  test.each(Object.keys(survivors))(
    "of a life of %s",
    async (name) => {
      const wrong: string[] = [];
      const places = await placesOf(name);
      expect(places.length).toBeGreaterThan(20);
      for (const place of places) {
        for (const passes of place.passes > 1 ? [0, place.passes - 1] : [0]) {
          try {
            await survive(name, { ...place, passes });
          } catch (error) {
            wrong.push(`${codeAt(place)} (${passes}): ${(error as Error).message}`);
          }
        }
      }
      expect(wrong).toEqual([]);
    },
    1_200_000,
  );
});
