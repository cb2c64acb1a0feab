import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { openMachines } from "../peers/distributed.ts";
import { echo } from "../tasks/echo.ts";
import { square } from "../tasks/square.ts";
import type { Costs } from "./scale-simulation.ts";

const jobs = 1_500;
const rows = 20_000;
const large = 200_000;

/** CPU time of this process and of Redis, in microseconds. */
async function used(redis: string): Promise<{ readonly own: number; readonly redis: number }> {
  const { hostname, port } = new URL(redis);
  const socket = connect(Number(port), hostname);
  socket.write("INFO cpu\r\nQUIT\r\n");
  const answer = await text(socket);
  const seconds = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(answer)?.[1]);
  const { user, system } = process.cpuUsage();
  return { own: user + system, redis: (seconds("used_cpu_user") + seconds("used_cpu_sys")) * 1e6 };
}

/** Measures the costs of the model here: jobs of one call, chunks of a map, and large arguments. */
export async function measureCosts(): Promise<Costs> {
  const machines = await openMachines(2);
  const { executor, redis } = machines;
  const during = async (work: () => Promise<unknown>): Promise<{ own: number; redis: number }> => {
    const before = await used(redis);
    await work();
    const after = await used(redis);
    return { own: after.own - before.own, redis: after.redis - before.redis };
  };
  try {
    const numbers = Array.from({ length: rows }, (_, at) => at);
    // `chunksize: 1` is a job for each call.
    const single = () => executor.map(square, numbers.slice(0, jobs), { chunksize: 1 }).toArray();
    const chunked = () => executor.map(square, numbers, { chunksize: 500 }).toArray();
    const text = "x".repeat(large);
    const heavy = () => executor.map(echo, Array(50).fill(text), { chunksize: 1 }).toArray();
    for (const warmUp of [single, chunked, heavy]) await warmUp();
    const one = await during(single);
    const many = await during(chunked);
    const bytes = await during(heavy);
    const perRow = many.own / rows;
    const round = (value: number): number => Number(Math.max(value, 0).toPrecision(2));
    return {
      submitterPerJob: round(one.own / jobs - perRow),
      submitterPerCall: round(perRow),
      redisPerJob: round(one.redis / jobs),
      redisPerByte: round((bytes.redis / 50 - one.redis / jobs) / (2 * large)),
      workerPerJob: 400,
      workerPerCall: 5,
    };
  } finally {
    await machines.close();
  }
}
