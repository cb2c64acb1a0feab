/** Characters of a line at which it is handed on though it has no end. */
const longestLine = 1_000_000;

/** Makes lines of what one worker prints, whatever the pieces. */
export class OutputLines {
  // Lines without an end.
  readonly #rests = { stdout: "", stderr: "" };

  /** The lines that end in this text. */
  take(stream: "stdout" | "stderr", text: string): readonly string[] {
    const lines = (this.#rests[stream] + text).split("\n");
    let rest = lines.pop() ?? "";
    if (rest.length > longestLine) {
      lines.push(rest);
      rest = "";
    }
    this.#rests[stream] = rest;
    return lines;
  }

  /** It prints no more: what has no end will get none. */
  end(stream: "stdout" | "stderr"): readonly string[] {
    const rest = this.#rests[stream];
    this.#rests[stream] = "";
    return rest === "" ? [] : [rest];
  }
}
