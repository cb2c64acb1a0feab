import { Pool } from "@concurrent-futures/multiprocessing";
import { expect, test } from "@jest/globals";

test.each(["thread", "spawn"] as const)("a Pool of %s workers hands on what they print", async (context) => {
  const heard: string[] = [];
  const output = (
    line: string,
    { workerId, task, stream }: { workerId: number; task: string | undefined; stream: string },
  ) => {
    heard.push(`${workerId} ${task} ${stream} ${line}`);
  };
  const pool = new Pool({ processes: 1, context, output });
  await pool.map(
    function shout(word: string) {
      console.log(word);
      return word;
    },
    ["a", "b"],
  );
  expect(heard).toEqual(["1 shout stdout a", "1 shout stdout b"]);
  pool.close();
  await pool.join();
  expect(() => new Pool({ output: "loud" as never })).toThrow("`output`");
});
