import { spawn } from "node:child_process";

/** The program that opens an address, by platform. */
const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens an address in the user's browser; where there is none, a warning says so. */
export function openInBrowser(address: string): void {
  const [program, ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...args, address], { detached: true, stdio: "ignore", env: process.env });
  child.on("error", (error) => {
    process.emitWarning(`the dashboard's page cannot be opened by ${program}: ${error.message}`, {
      type: "DashboardWarning",
      code: "CF_BROWSER_NOT_OPENED",
    });
  });
  child.unref();
}
