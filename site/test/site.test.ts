import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { describeInBrowser } from "../../packages/insights/test/support/browser.ts";
import { serve } from "../serve.mjs";

const site = fileURLToPath(new URL("..", import.meta.url));
const output = join(site, "dist");

let said: string;
beforeAll(async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["build.mjs"], { cwd: site });
  said = stdout + stderr;
}, 300_000);

/** The built pages, as paths below the output. */
function pages(): string[] {
  return readdirSync(output, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".html"));
}

const html = (page: string): string => readFileSync(join(output, page), "utf8");
const addresses = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, address = ""]) => address.replaceAll("&amp;", "&"));

describe("the site", () => {
  test("is built without a warning of TypeDoc, and says where it is", () => {
    expect(said).not.toMatch(/\[warning\]|\[error\]/);
    expect(said).toMatch(/The site is in .*dist\./);
  });

  test("has the pages of docs at their own paths, and a reference of what programs import", () => {
    expect(pages()).toEqual(
      expect.arrayContaining([
        "index.html",
        "guide/map.html",
        "coming-from/python.html",
        "contributing.html",
        "api/concurrent-futures/classes/ProcessPoolExecutor.html",
        "api/concurrent-futures/multiprocessing/variables/Pool.html",
        "api/@concurrent-futures/distributed/classes/DistributedExecutor.html",
      ]),
    );
  });

  test("has no dead link and no dead fragment", () => {
    const ids = new Map(pages().map((page) => [page, new Set(addresses(html(page), /\bid="([^"]+)"/g))]));
    const dead = pages().flatMap((page) =>
      addresses(html(page), /<a\b[^>]*?\bhref="([^"]*)"/g)
        .filter((href) => !/^[a-z]+:/.test(href))
        .filter((href) => {
          const [path = "", fragment = ""] = decodeURIComponent(href).split("#");
          const target =
            path === "" ? page : posix.join(path.startsWith("/") ? "" : posix.dirname(page), path);
          const file = [target, `${target}.html`, posix.join(target, "index.html")]
            .map((name) => name.replace(/^\//, ""))
            .find((name) => ids.has(name) || (/\.\w+$/.test(name) && existsSync(join(output, name))));
          if (file === undefined) return true;
          return fragment !== "" && fragment !== "VPContent" && !ids.get(file)?.has(fragment);
        })
        .map((href) => `${page}: ${href}`),
    );
    expect(dead).toEqual([]);
  });

  test("takes nothing from elsewhere", () => {
    const styles = readdirSync(join(output, "assets")).filter((name) => name.endsWith(".css"));
    const fetched = [
      ...pages().flatMap((page) =>
        addresses(html(page), /<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)="([^"]*)"/g),
      ),
      ...styles.flatMap((name) => addresses(html(join("assets", name)), /url\(["']?([^"')]*)/g)),
    ];
    expect(fetched.length).toBeGreaterThan(100);
    expect(fetched.filter((address) => /^([a-z]+:)?\/\//.test(address))).toEqual([]);
  });
});

describeInBrowser("the site in a browser", (open) => {
  let served: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    served = await serve(0);
  });
  afterAll(() => served?.close());

  test("shows a page, and finds another one by the search", async () => {
    const { page, said: console, requests } = await open(served.address);
    expect(await page.locator("h1").first().textContent()).toMatch(/^concurrent-futures/);

    await page.locator("#local-search button").first().click();
    await page.locator("#localsearch-input").fill("keeps a program alive");
    await page.locator(`.results a[href^="/guide/shutdown.html"]`).first().click();
    await page.waitForURL(/shutdown\.html/);
    // The address changes before the page does.
    await page
      .locator("h1", { hasText: /^Shutdown/ })
      .first()
      .waitFor();

    expect(console).toEqual([]);
    expect(requests.filter((address) => !address.startsWith(served.address))).toEqual([]);
    await page.close();
  });

  test("shows the reference of a class, with its members beside it", async () => {
    const { page, said: console } = await open(
      `${served.address}api/concurrent-futures/classes/ProcessPoolExecutor.html`,
    );
    expect(await page.locator("h1").first().textContent()).toMatch(/ProcessPoolExecutor/);
    expect(await page.locator(".VPDocAsideOutline").textContent()).toMatch(/submit\(\)/);
    expect(await page.locator(".VPSidebar").textContent()).toMatch(/ThreadPoolExecutor/);
    expect(console).toEqual([]);
    await page.close();
  });
});
