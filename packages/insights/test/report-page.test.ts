import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Recorder } from "@concurrent-futures/insights";
import { ProcessPoolExecutor } from "@concurrent-futures/process";
import { ThreadPoolExecutor } from "@concurrent-futures/thread";
import { afterAll, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { failing, spin } from "./fixtures/work.mjs";
import { describeInBrowser } from "./support/browser.ts";
import { contrasts } from "./support/contrast.ts";

const folder = mkdtempSync(join(tmpdir(), "report-page-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const addressOf = (path: string): string => pathToFileURL(path).href;

/** The cells of a table, by its caption, a row each. */
async function rowsOf(page: Page, caption: string): Promise<string[][]> {
  const rows = await page.locator("table", { hasText: caption }).locator("tbody tr").all();
  return Promise.all(rows.map((row) => row.locator("td").allTextContents()));
}

/** How many pixels of a canvas have been painted. */
function painted(page: Page, id: string): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.getElementById(${JSON.stringify(id)});
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 0) count++;
    return count;
  })()`);
}

describeInBrowser("a report in a browser", (open) => {
  test("shows the pool's numbers, asks for nothing, and says nothing on the console", async () => {
    const report = join(folder, "run.html");
    await using pool = new ProcessPoolExecutor(2);
    const recorder = new Recorder(pool, { report });
    const times = Array.from({ length: 30 }, (_, at) => at % 7);
    await pool.map(spin, times).toArray();
    await pool.submit(failing).exception();
    await pool.shutdown();
    await recorder[Symbol.asyncDispose]();
    const { page, said, requests } = await open(addressOf(report));
    const { byFunction, byWorker, slowest } = recorder.stats();
    expect(await page.locator("#summary").textContent()).toContain("30 calls done, 1 failed, 0 cancelled");
    const numbers = (rows: string[][]): string[][] => rows.map((row) => row.slice(0, 3));
    expect(numbers(await rowsOf(page, "By function"))).toEqual(
      byFunction.map(({ name, calls, failed }) => [name, String(calls), String(failed)]),
    );
    expect(numbers(await rowsOf(page, "By worker"))).toEqual(
      byWorker.map(({ workerId, calls, failed }) => [workerId, calls, failed].map(String)),
    );
    const shown = await rowsOf(page, "Slowest calls");
    expect(shown.map(([name, , , text]) => [name, text])).toEqual(
      slowest.map((call) => [call.function, call.arguments]),
    );
    expect(await page.locator("#legend li").allTextContents()).toEqual(["spin", "failing"]);
    expect(await painted(page, "timeline")).toBeGreaterThan(100);
    expect(await painted(page, "throughput")).toBeGreaterThan(10);
    expect(requests).toEqual([addressOf(report)]);
    expect(said).toEqual([]);
    await page.close();
  });

  test("what a program says is text: nothing of it runs", async () => {
    const report = join(folder, "evil.html");
    await using executor = new ThreadPoolExecutor(1);
    const recorder = new Recorder(executor, { report });
    const name =
      "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">";
    await executor.submit(
      Object.defineProperty(async (_: string) => 1, "name", { value: name }),
      "</script>",
    );
    await recorder[Symbol.asyncDispose]();
    const { page, said, requests } = await open(addressOf(report));
    expect(await page.title()).toBe("concurrent-futures: what a pool did");
    expect((await rowsOf(page, "By function"))[0]?.[0]).toBe(name);
    expect(await page.locator("#legend li").allTextContents()).toEqual([name]);
    expect(await page.locator("img").count()).toBe(0);
    expect(requests).toHaveLength(1);
    expect(said).toEqual([]);
    await page.close();
  });

  test("gives no function the red of failed calls", async () => {
    const report = join(folder, "colours.html");
    await using executor = new ThreadPoolExecutor(1);
    const recorder = new Recorder(executor, { report });
    for (let at = 0; at < 30; at++)
      await executor.submit(Object.defineProperty(async () => at, "name", { value: `function ${at}` }));
    await recorder[Symbol.asyncDispose]();
    const { page } = await open(addressOf(report));
    const colours: string[] = await page.evaluate(
      `[...document.querySelectorAll("#legend span")].map((one) => getComputedStyle(one).backgroundColor)`,
    );
    expect(new Set(colours).size).toBe(30);
    for (const colour of colours) {
      const [red = 0, green = 0, blue = 0] = (colour.match(/\d+/g) ?? []).map(Number);
      expect([colour, red > 150 && Math.max(green, blue) < 100]).toEqual([colour, false]);
    }
    await page.close();
  });

  test("draws a hundred thousand segments, and moves among them by the keyboard alone", async () => {
    const report = join(folder, "long.html");
    const calls = 100_000;
    await using executor = new ThreadPoolExecutor(8);
    const recorder = new Recorder(executor, { report, maxSegments: calls });
    const nothing = async (): Promise<void> => {};
    for (let at = 0; at < calls; at += 2_000)
      await Promise.all(Array.from({ length: 2_000 }, () => executor.submit(nothing)));
    await recorder[Symbol.asyncDispose]();
    const { page, said } = await open(addressOf(report));
    expect(await page.locator("#note").textContent()).toBe(`All ${calls} segments are shown.`);
    expect((await rowsOf(page, "By function"))[0]?.slice(0, 2)).toEqual(["nothing", String(calls)]);
    expect(await painted(page, "timeline")).toBeGreaterThan(1_000);
    const shown = (): Promise<string | null> => page.locator("#shown").textContent();
    const whole = await shown();
    // Four buttons, then the timeline itself.
    for (const name of ["earlier", "later", "closer", "wider", "timeline"]) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.id")).toBe(name);
    }
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("+");
    const closer = await shown();
    expect(closer).not.toBe(whole);
    await page.keyboard.press("ArrowRight");
    expect(await shown()).not.toBe(closer);
    await page.keyboard.press("-");
    expect(await shown()).toBe(whole);
    await page.locator("#closer").press("Enter");
    expect(await shown()).toBe(closer);
    expect(said).toEqual([]);
    await page.close();
  });

  test.each(["light", "dark"] as const)(
    "can be read in %s: each text has a contrast of 4.5 at least",
    async (colorScheme) => {
      const report = join(folder, `${colorScheme}.html`);
      await using executor = new ThreadPoolExecutor(1);
      const recorder = new Recorder(executor, { report });
      await executor.submit(async (x: number) => x, 1);
      await recorder[Symbol.asyncDispose]();
      const { page } = await open(addressOf(report), { colorScheme });
      const found = await contrasts(page);
      expect(found.length).toBeGreaterThan(30);
      expect(found.filter(({ ratio }) => ratio < 4.5)).toEqual([]);
      await page.close();
    },
  );
});
