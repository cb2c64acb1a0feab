import { staged } from "../pages.mjs";
import { apiSidebars, sidebar } from "./sidebar.mjs";

export default {
  title: "concurrent-futures",
  description: "Python's concurrent.futures and multiprocessing for Node",
  lang: "en",
  head: [["link", { rel: "icon", href: "data:," }]],
  srcDir: staged,
  outDir: "dist",
  cacheDir: ".tmp/cache",
  // Pages have the same address on any static host.
  cleanUrls: false,
  // The sidebar is a file of its own, not a part of each page.
  metaChunk: true,
  markdown: { anchor: { slugify } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Guide", link: "/guide/executors" },
      { text: "API", link: "/api/" },
      { text: "Benchmarks", link: "/benchmarks" },
      { text: "Changes", link: "/changes" },
    ],
    sidebar: {
      ...apiSidebars(),
      "/": sidebar(),
    },
  },
};

/** Fragments as GitHub makes them: the links of the pages work there and here. */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}
