/**
 * Where a file of the repository stands on the site. The pages of `docs` keep their paths; files outside it that a page links to
 * become pages too, so that no link leads away from the site.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The folder from which VitePress builds: each build makes it again. */
export const staged = fileURLToPath(new URL(".tmp/pages", import.meta.url));

/** Pages outside of docs, with their paths on the site. */
const rootPages = {
  "README.md": "index.md",
  "CONTRIBUTING.md": "contributing.md",
  "CHANGELOG.md": "changes.md",
  "SECURITY.md": "reporting-a-vulnerability.md",
  "CODE_OF_CONDUCT.md": "code-of-conduct.md",
  ".changeset/README.md": "releases.md",
};

/** Writes the pages of `docs` and of the root, and of all that they link to, into the folder from which VitePress builds. */
export function stagePages() {
  const open = [...Object.keys(rootPages), ...filesOf("docs", /\.md$/)];
  const done = new Set();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const page = pageOf(path);
    const { text, targets } = path.endsWith(".md") ? withSiteLinks(path, page) : sourcePage(path);
    write(page, text);
    open.push(...targets);
  }
  for (const picture of filesOf("docs", /\.(png|svg)$/)) {
    const to = join(staged, pageOf(picture));
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(root, picture), to);
  }
}

/** The page of the site that shows a file or folder of the repository. */
function pageOf(path) {
  if (rootPages[path] !== undefined) return rootPages[path];
  if (path.startsWith("docs/") && /\.(md|png|svg)$/.test(path)) return path.slice("docs/".length);
  if (path.endsWith(".md")) return path.toLowerCase();
  return `source/${path}${statSync(join(root, path)).isDirectory() ? "/index.md" : ".md"}`;
}

/** A page whose links to files of the repository lead to their pages of the site; and those files. */
function withSiteLinks(path, page) {
  const targets = [];
  let fence;
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  const text = lines.map((line) => {
    const marker = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (marker !== undefined && (fence === undefined || marker === fence)) {
      fence = fence === undefined ? marker : undefined;
    }
    if (fence !== undefined) return line;
    return line.replace(/\]\(([^()#\s]+)(#[^()\s]*)?\)/g, (link, href, fragment = "") => {
      const target = resolveFrom(path, href);
      if (/^[a-z]+:/.test(href) || !existsSync(join(root, target))) return link;
      if (!/\.(png|svg)$/.test(target)) targets.push(target);
      return `](${relativeTo(page, pageOf(target))}${fragment})`;
    });
  });
  return { text: text.join("\n"), targets };
}

/** A page that shows a source file, or the list of a folder's files. The search leaves it out. */
function sourcePage(path) {
  const head = `---\nsearch: false\noutline: false\n---\n\n# ${posix.basename(path)}\n\n`;
  if (!statSync(join(root, path)).isDirectory()) {
    const code = readFileSync(join(root, path), "utf8");
    // In no language: colouring these files would take as long as the rest of the build.
    return { text: `${head}\`${path}\`\n\n\`\`\`\`\`\n${code}\n\`\`\`\`\`\n`, targets: [] };
  }
  const files = filesOf(path, /\.(ts|mjs|py)$/);
  const page = pageOf(path);
  const items = files.map((file) => `- [${posix.relative(path, file)}](${relativeTo(page, pageOf(file))})`);
  return { text: `${head}${items.join("\n")}\n`, targets: files };
}

/** The files of a folder whose names match, as paths from the root; without what is installed or built. */
function filesOf(folder, pattern) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|dist|\.tmp)$/.test(entry.name) ? [] : filesOf(path, pattern);
    return entry.isFile() && pattern.test(entry.name) ? [path] : [];
  });
}

function resolveFrom(path, href) {
  return posix.normalize(posix.join(posix.dirname(path), href)).replace(/\/$/, "");
}

function relativeTo(page, target) {
  const path = posix.relative(posix.dirname(page), target);
  return path.startsWith(".") ? path : `./${path}`;
}

function write(page, text) {
  const file = join(staged, page);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
