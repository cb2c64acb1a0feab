/**
 * `node registry.mjs <folder>`: a registry of npm's on this machine, with the tarballs of a folder. It sends whoever asks for another package to
 * the registry that npm is set to. Prints its address.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const folder = process.argv[2];
const elsewhere = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" })
  .trim()
  .replace(/\/$/, "");

const packages = new Map(
  readdirSync(folder).map((file) => {
    const bytes = readFileSync(join(folder, file));
    const manifest = JSON.parse(
      execFileSync("tar", ["-xOzf", join(folder, file), "package/package.json"], { encoding: "utf8" }),
    );
    return [manifest.name, { file, bytes, manifest }];
  }),
);

const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url.slice(1));
  const one = packages.get(path);
  const tarball = [...packages.values()].find(({ file }) => path === `-/${file}`);
  if (one !== undefined)
    response.setHeader("content-type", "application/json").end(JSON.stringify(about(one)));
  else if (tarball !== undefined) response.end(tarball.bytes);
  else response.writeHead(302, { location: elsewhere + request.url }).end();
});

function about({ file, bytes, manifest }) {
  const hash = (name, encoding) => createHash(name).update(bytes).digest(encoding);
  const dist = {
    tarball: `${address()}/-/${file}`,
    shasum: hash("sha1", "hex"),
    integrity: `sha512-${hash("sha512", "base64")}`,
  };
  const { name, version } = manifest;
  // Yarn and pnpm leave alone what was published a moment ago.
  const time = { [version]: "2025-01-01T00:00:00.000Z" };
  return { name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } }, time };
}

const address = () => `http://127.0.0.1:${server.address().port}`;
server.listen(0, "127.0.0.1", () => console.log(address()));
