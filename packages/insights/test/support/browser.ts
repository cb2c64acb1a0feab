import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";

/** Where systems put Chromium and Chrome; `CHROMIUM` names another one. */
const places = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const executablePath = places.find((path) => path !== undefined && existsSync(path));

/** What a page did while it was open, besides showing itself. */
export interface Opened {
  readonly page: Page;
  /** Errors, and everything on the console. */
  readonly said: string[];
  /** Addresses that it asked for, its own included. */
  readonly requests: string[];
}

/**
 * Tests that need a real browser. Without one they are skipped and say so; with `REQUIRE_BROWSER` set, as in CI, its absence
 * is a failure.
 */
export function describeInBrowser(name: string, tests: (open: typeof openPage) => void): void {
  const found = executablePath !== undefined;
  if (!found && !process.env["REQUIRE_BROWSER"]) {
    console.warn(
      `SKIPPED, no Chromium found: ${name}. Install chromium, or name one by the variable CHROMIUM.`,
    );
    describe.skip(name, () => tests(openPage));
    return;
  }
  describe(name, () => {
    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: executablePath ?? "chromium",
        args: ["--no-sandbox"],
      });
    }, 60_000);
    afterAll(() => browser?.close());
    tests(openPage);
  });
}

let browser: Browser | undefined;

async function openPage(address: string, options: { colorScheme?: "light" | "dark" } = {}): Promise<Opened> {
  const page = await (browser as Browser).newPage({ viewport: { width: 1_000, height: 900 }, ...options });
  const said: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => said.push(message.text()));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(address);
  return { page, said, requests };
}
