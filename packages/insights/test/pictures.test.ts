import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Dashboard, Recorder } from "@concurrent-futures/insights";
import { progress } from "@concurrent-futures/insights/progress";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { afterAll, expect, jest, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { encode, render } from "./fixtures/work.mjs";
import { describeInBrowser } from "./support/browser.ts";
import { Terminal } from "./support/terminal.ts";
import { ManualWork } from "./support/work.ts";

/** The guide's pictures, and their size; with the variable `PICTURES` set they are written anew. */
const pictures = { report: [900, 760], dashboard: [900, 560], progress: [720, 150] } as const;

const guide = fileURLToPath(new URL("../../../docs/guide", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pictures-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Takes a picture of what is shown, and compares its size with the guide's. */
async function take(name: keyof typeof pictures, page: Page): Promise<void> {
  const [width, height] = pictures[name];
  await page.setViewportSize({ width, height });
  const taken = await page.screenshot();
  const path = join(guide, `${name}.png`);
  if (process.env["PICTURES"] !== undefined) writeFileSync(path, taken);
  expect(sizeOf(taken)).toEqual([width, height]);
  expect(sizeOf(readFileSync(path))).toEqual([width, height]);
}

/** Width and height of a PNG, from its first chunk. */
const sizeOf = (png: Buffer): number[] => [png.readUInt32BE(16), png.readUInt32BE(20)];

const times = Array.from({ length: 120 }, (_, at) => 2 + ((at * 7) % 11));
const steps = Array.from({ length: 40 }, (_, at) => 1e6 + at);

test("each picture of the guide is one of these", () => {
  const there = readdirSync(guide).filter((name) => !name.endsWith(".md"));
  expect(there.sort()).toEqual(
    Object.keys(pictures)
      .map((name) => `${name}.png`)
      .sort(),
  );
});

describeInBrowser("the guide's pictures", (open) => {
  test("a report", async () => {
    const report = join(folder, "run.html");
    {
      await using pool = new ProcessPoolExecutor(4);
      await using _recorder = new Recorder(pool, { report });
      await pool.map(render, times).settled().toArray();
      await pool.map(encode, steps).toArray();
    }
    const { page } = await open(pathToFileURL(report).href);
    await take("report", page);
    await page.close();
  });

  test("a dashboard", async () => {
    await using pool = new ProcessPoolExecutor(4);
    await using dashboard = new Dashboard(pool, { interval: 50 });
    const { page } = await open(await dashboard.listen());
    await pool.map(render, times).settled().toArray();
    await page.locator("#summary", { hasText: "109 calls done, 11 failed" }).waitFor();
    await take("dashboard", page);
    await page.close();
  });

  test("bars in a terminal", async () => {
    const terminal = barsUnderWay();
    const { page } = await open("about:blank");
    await page.setContent(
      `<body style="margin:0;background:#1b1b1b;color:#e8e8e8"><pre style="margin:14px;font:14px/1.5 monospace"></pre>`,
    );
    await page.evaluate(`document.querySelector("pre").textContent = ${JSON.stringify(terminal.join("\n"))}`);
    await take("progress", page);
    await page.close();
  });
});

/** What a terminal shows while two maps are under way and one has ended. */
function barsUnderWay(): string[] {
  jest.useFakeTimers();
  const before = { ...process.env };
  for (const name of ["CI", "TERM", "NO_COLOR", "CONCURRENT_FUTURES_PROGRESS"]) delete process.env[name];
  process.env["LC_ALL"] = "en_US.UTF-8";
  try {
    const stream = new Terminal(80);
    const [chapters, pages, images] = [new ManualWork(12), new ManualWork(620), new ManualWork()];
    progress(chapters, { stream, label: "chapters" });
    progress(pages, { stream, label: "pages" });
    progress(images, { stream, label: "images" });
    for (let tenth = 1; tenth <= 26; tenth++) {
      Object.assign(chapters, { done: Math.floor(tenth / 5) });
      Object.assign(pages, { done: 12 * tenth - 1, failed: 1 });
      Object.assign(images, { done: 2 * tenth });
      jest.advanceTimersByTime(100);
    }
    stream.write("page 311: no such font, took another\n");
    jest.advanceTimersByTime(100);
    return stream.screen;
  } finally {
    jest.useRealTimers();
    process.env = before;
  }
}
