import { readFile } from "node:fs/promises";
import { type PageContent, pageContent, type Table } from "../recorder/page-content.ts";
import { recordingOf } from "./saved-recording.ts";

const help = `Usage: concurrent-futures show file

Prints what is in a report or a trace that a Recorder or \`concurrent-futures run\` has written.
`;

/** The command `concurrent-futures show`. Gives its exit code. */
export async function showCommand(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(help);
    return 0;
  }
  const [path, ...more] = args;
  if (path === undefined || more.length > 0 || path.startsWith("-")) {
    process.stderr.write(`Expected one file.\n\n${help}`);
    return 2;
  }
  let content: PageContent;
  try {
    content = pageContent(recordingOf(await readFile(path, "utf8")));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === undefined ? "it is not a report or trace of a Recorder" : message;
    process.stderr.write(`Cannot show ${JSON.stringify(path)}: ${reason}.\n`);
    return 1;
  }
  const { summary, verdicts, note, tables } = content;
  process.stdout.write(
    `${[summary, verdicts.map((text) => `- ${text}`).join("\n"), note, ...tables.map(tableText)].map(plain).join("\n\n")}\n`,
  );
  return 0;
}

function tableText({ caption, heads, rows }: Table): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, at) => Math.max(...all.map((cells) => cells[at]?.length ?? 0)));
  const lines = all.map((cells) =>
    cells
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [caption, ...lines].join("\n");
}

/** Names come from programs: what would steer a terminal is left out. */
function plain(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, "");
}
