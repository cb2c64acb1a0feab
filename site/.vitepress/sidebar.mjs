import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { staged } from "../pages.mjs";

/** The order in which a newcomer needs the pages. A page of docs that is missing here fails the build. */
const groups = {
  Start: [
    "index",
    "guide/getting-started",
    "coming-from/python",
    "coming-from/piscina",
    "coming-from/p-limit",
    "coming-from/asyncio",
  ],
  "Run functions": [
    "guide/executors",
    "guide/map",
    "guide/what-travels",
    "guide/errors",
    "guide/cancel-and-timeouts",
    "guide/shutdown",
    "guide/retries",
    "guide/task-groups",
    "guide/calls-that-wait",
    "guide/waiting-for-your-own-pool",
    "guide/worker-resources",
    "guide/sharing-values",
    "guide/carried-context",
    "guide/recipes",
  ],
  "See what happens": ["guide/progress", "guide/insights", "guide/tracing", "guide/performance"],
  "In production": [
    "guide/server",
    "guide/testing",
    "guide/bundlers",
    "guide/debugging-workers",
    "guide/troubleshooting",
    "guide/many-machines",
    "guide/many-machines-scale",
    "security",
    "faults",
    "what-holds",
  ],
  multiprocessing: [
    "guide/threads-and-processes",
    "guide/processes",
    "guide/pools",
    "guide/locks",
    "guide/queues",
    "guide/pipes",
    "guide/shared-memory",
    "guide/managers",
    "guide/python-programs",
  ],
  Reference: [
    "errors",
    "python-to-typescript",
    "what-differs-from-python",
    "lifecycle",
    "tool-chains",
    "versions",
    "conformance",
    "benchmarks",
  ],
  Project: [
    "architecture",
    "contributing",
    "changes",
    "releases",
    "reporting-a-vulnerability",
    "code-of-conduct",
  ],
};

export function sidebar() {
  const listed = new Set(Object.values(groups).flat());
  const missing = pagesOf("").filter((page) => !listed.has(page));
  if (missing.length > 0) {
    throw new Error(`These pages are not in site/.vitepress/sidebar.mjs, add them: ${missing.join(", ")}`);
  }
  return Object.entries(groups).map(([text, pages], at) => ({
    text,
    collapsed: at > 1,
    items: pages.map((page) => ({ text: titleOf(page), link: `/${page}` })),
  }));
}

/** The pages of docs and of the root; not those of the reference, of packages and of source files. */
function pagesOf(folder) {
  return readdirSync(join(staged, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name).replaceAll("\\", "/");
    if (entry.isDirectory()) return /^(api|packages|source)$/.test(path) ? [] : pagesOf(path);
    return path.endsWith(".md") ? [path.slice(0, -".md".length)] : [];
  });
}

function titleOf(page) {
  if (page === "index") return "Introduction";
  return /^# (.+)$/m.exec(readFileSync(join(staged, `${page}.md`), "utf8"))[1].replaceAll("`", "");
}

/** A sidebar for each module of the reference: one of all names would be a quarter of a megabyte on each page. */
export function apiSidebars() {
  const tree = JSON.parse(readFileSync(join(staged, "api/typedoc-sidebar.json"), "utf8"));
  const modules = tree
    .flatMap((module) => [module, ...module.items])
    .filter(({ link }) => link?.endsWith("/"))
    .map(({ link, items }) => ({
      text: link.slice("/api/".length, -1),
      link,
      items: items.filter((kind) => kind.link === undefined).map((kind) => ({ ...kind, collapsed: false })),
    }));
  const all = modules.map(({ text, link }) => ({ text, link }));
  const start = { text: "API reference", link: "/api/", items: all };
  return Object.fromEntries([
    ["/api/", [start]],
    ...modules.map((module) => [module.link, [module, { ...start, collapsed: true }]]),
  ]);
}
