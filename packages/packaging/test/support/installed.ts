import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { manifestOf, published, root } from "./packages.ts";

const run = promisify(execFile);

/** Folders in which packages are installed from their tarballs, as a user has them; nothing leads back to the sources. */
export class Installation {
  readonly #tarballs: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#tarballs = join(folder, "tarballs");
  }

  /** Packs all published packages. */
  static async pack(): Promise<Installation> {
    const installation = new Installation(realpathSync(mkdtempSync(join(tmpdir(), "packaging-"))));
    const filters = published.flatMap(({ manifest }) => ["--filter", manifest.name]);
    const args = ["-y", "pnpm@12", "-r", ...filters, "pack", "--pack-destination", installation.#tarballs];
    await run("npx", args, { cwd: root });
    return installation;
  }

  /** The file names in a package's tarball. */
  async contents(name: string): Promise<string[]> {
    const { stdout } = await run("tar", ["-tzf", this.#tarball(name)]);
    return stdout.trim().split("\n");
  }

  /** A package's tarball. */
  bytes(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.#tarball(name)));
  }

  /** The size of a package's tarball, in bytes. */
  size(name: string): number {
    return statSync(this.#tarball(name)).size;
  }

  /** A new project with this package and what it depends on, and nothing else. Gives its folder. */
  async project(name: string): Promise<string> {
    const folder = mkdtempSync(join(this.#folder, "project-"));
    await this.#install(name, folder);
    return folder;
  }

  /** Runs a program in a project: a text that is written to a file. Gives what it printed. */
  async run(folder: string, file: string, code: string, node: readonly string[] = []): Promise<string> {
    writeFileSync(join(folder, file), code);
    const { stdout } = await run(process.execPath, [...node, file], { cwd: folder, timeout: 25_000 });
    return stdout.trim();
  }

  /** Runs a package's command in a project by npx, as a user does. Gives what it printed and said. */
  async npx(
    folder: string,
    name: string,
    args: readonly string[],
  ): Promise<{ stdout: string; stderr: string }> {
    const { bin = {} } = manifestOf(
      published.find(({ manifest }) => manifest.name === name)?.folder as string,
    );
    for (const [command, path] of Object.entries(bin)) {
      const link = join(folder, "node_modules", ".bin", command);
      if (existsSync(link)) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(folder, "node_modules", name, path), link);
      // As npm does when it installs.
      chmodSync(link, 0o755);
    }
    return run("npx", ["--no-install", ...args], { cwd: folder, timeout: 60_000 });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #install(name: string, project: string): Promise<void> {
    const target = join(project, "node_modules", name);
    if (existsSync(target)) return;
    mkdirSync(target, { recursive: true });
    await run("tar", ["-xzf", this.#tarball(name), "--strip-components=1", "-C", target]);
    const folder = published.find(({ manifest }) => manifest.name === name)?.folder as string;
    for (const dependency of dependenciesOf(folder)) {
      if (published.some(({ manifest }) => manifest.name === dependency)) {
        await this.#install(dependency, project);
        continue;
      }
      // A dependency of others is used where pnpm has put it: it brings its own dependencies along.
      const link = join(project, "node_modules", dependency);
      mkdirSync(dirname(link), { recursive: true });
      if (!existsSync(link)) {
        symlinkSync(realpathSync(join(root, "packages", folder, "node_modules", dependency)), link);
      }
    }
  }

  #tarball(name: string): string {
    return join(this.#tarballs, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
  }
}

const version = (manifestOf("core") as { version?: string }).version;

/** What has to be there: dependencies, and peers, which the user installs. */
function dependenciesOf(folder: string): string[] {
  const { dependencies, peerDependencies } = manifestOf(folder);
  return Object.keys({ ...dependencies, ...peerDependencies });
}
