/** Builds app/ with Next.js, serves it, and asks it once, which runs the checks. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";

const [bundler, library] = process.argv.slice(2);
const env = {
  ...process.env,
  NEXT_TELEMETRY_DISABLED: "1",
  TOOLCHAINS_BUNDLER: bundler,
  TOOLCHAINS_LIBRARY: library,
};
const command = "node_modules/next/dist/bin/next";
const built = spawnSync(process.execPath, [command, "build", `--${bundler}`], { env, encoding: "utf8" });
if (built.status !== 0) {
  console.error(`${built.stdout}\n${built.stderr}`);
  process.exit(1);
}
const port = await freePort();
const server = spawn(process.execPath, [command, "start", "-p", `${port}`], {
  env,
  stdio: ["ignore", "pipe", "inherit"],
});
server.stdout.setEncoding("utf8");
for await (const text of server.stdout.iterator({ destroyOnReturn: false })) if (/Ready/i.test(text)) break;
server.stdout.resume();
const response = await fetch(`http://127.0.0.1:${port}/checks`);
const text = await response.text();
server.kill();
await once(server, "exit");
if (text !== "done") {
  console.error(`Error: the route answered ${response.status} ${text.slice(0, 200)}`);
  process.exit(1);
}

async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  return port;
}
