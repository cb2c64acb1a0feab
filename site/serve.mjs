/** Serves the built site to this machine alone. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const output = fileURLToPath(new URL("dist", import.meta.url));

const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** Starts the server; 0 takes any free port. */
export async function serve(port) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://site").pathname));
    const file = [path, `${path}.html`, join(path, "index.html")]
      .map((name) => join(output, name))
      .find((name) => name.startsWith(output) && existsSync(name) && statSync(name).isFile());
    const found = file ?? join(output, "404.html");
    response.writeHead(file === undefined ? 404 : 200, {
      "content-type": types[extname(found)] ?? "application/octet-stream",
    });
    createReadStream(found).pipe(response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = () => void server.close();
  return { address: `http://127.0.0.1:${server.address().port}/`, close };
}

/** Opens an address in the system's browser; without one, nothing happens. */
export function open(address) {
  const [command, ...args] = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[process.platform] ?? [
    "xdg-open",
  ];
  const child = spawn(command, [...args, address], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
