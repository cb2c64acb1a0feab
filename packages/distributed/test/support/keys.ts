import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** All keys of a Redis server, by its own protocol: the tests of a library do not use its client. */
export async function keysIn(url: string): Promise<string[]> {
  const answer = await ask(url, "KEYS *");
  return answer
    .split("\r\n")
    .filter((line) => line !== "" && !/^[*$+]/.test(line))
    .sort();
}

/** The answer to one command, as it came. */
export async function ask(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${command}\r\nQUIT\r\n`);
  return text(socket);
}

/** How many jobs of the default queue wait for a worker. */
export async function waitingJobs(url: string): Promise<number> {
  const [, count] = /^:(\d+)/.exec(await ask(url, "ZCARD {cf:default}:default:prioritized")) ?? [];
  return Number(count);
}
