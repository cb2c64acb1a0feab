import { barLine, lookOf } from "./line.ts";
import type { Meter } from "./meter.ts";
import type { CheckedProgressOptions, ProgressStream } from "./options.ts";
import { fit, textWidth } from "./text-width.ts";
import { WrittenAbove } from "./written-above.ts";

interface Bar {
  readonly meter: Meter;
  readonly options: CheckedProgressOptions;
}

const displays: WeakMap<ProgressStream, Display> = new WeakMap();

/** Puts a bar onto a stream, below those that are there. Gives what is to be called at its end. */
export function showBar(meter: Meter, options: CheckedProgressOptions): () => void {
  let display = displays.get(options.stream);
  if (display === undefined) {
    display = new Display(options.stream);
    displays.set(options.stream, display);
  }
  return display.add({ meter, options });
}

/**
 * The bars of one stream, as a block of lines with the cursor below it. The cursor is never hidden and the wrapping of
 * lines never switched off, so a program that is killed leaves its terminal as it was.
 */
class Display {
  readonly #stream: ProgressStream;
  readonly #bars: Bar[] = [];
  // What stands on the screen.
  #drawn: readonly string[] = [];
  #taken: readonly WrittenAbove[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #flush = (): void => {
    for (const taken of this.#taken) taken.flush();
  };

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  add(bar: Bar): () => void {
    if (this.#bars.length === 0) this.#begin();
    this.#bars.push(bar);
    this.#startTimer();
    this.#redraw();
    return () => this.#ended(bar);
  }

  #begin(): void {
    const { stdout, stderr } = process;
    const standard = this.#stream === stdout || this.#stream === stderr;
    // Standard output and standard error are one screen, where both are a terminal.
    const others = standard ? [stdout, stderr].filter((one) => one !== this.#stream && one.isTTY) : [];
    this.#taken = [this.#stream, ...(others as ProgressStream[])].map(
      (stream) =>
        new WrittenAbove(stream, (write) => {
          this.#write(this.#erasing());
          this.#drawn = [];
          write();
          this.#redraw();
        }),
    );
    process.once("exit", this.#flush);
  }

  #ended(bar: Bar): void {
    if (!bar.options.keep) this.#bars.splice(this.#bars.indexOf(bar), 1);
    if (this.#bars.some(({ meter }) => meter.end === undefined)) {
      this.#startTimer();
      this.#redraw();
      return;
    }
    // All are over: what is drawn now stays.
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#redraw();
    this.#bars.length = 0;
    this.#drawn = [];
    for (const taken of this.#taken) taken.release();
    this.#taken = [];
    process.removeListener("exit", this.#flush);
  }

  /** As often as the most impatient bar wants it. */
  #startTimer(): void {
    clearInterval(this.#timer);
    const intervals = this.#bars
      .filter(({ meter }) => meter.end === undefined)
      .map(({ options }) => options.interval);
    this.#timer = setInterval(() => this.#redraw(), Math.min(...intervals));
    this.#timer.unref();
  }

  /** Draws the block, in one write. */
  #redraw(): void {
    const { columns, rows } = this.#size;
    let kept = "";
    // A block higher than the screen could not be drawn over: what is over leaves it, upwards.
    while (this.#bars.length > rows - 1) {
      const over = this.#bars.findIndex(({ meter }) => meter.end !== undefined);
      if (over < 0) break;
      kept += `${this.#line(this.#bars[over] as Bar)}\n`;
      this.#bars.splice(over, 1);
    }
    const lines = this.#bars.slice(-Math.max(1, rows - 1)).map((bar) => fit(this.#line(bar), columns - 1));
    const text = lines.map((line) => `${line}\u001B[K\n`).join("");
    this.#write(
      kept === "" && lines.length === this.#heightOfDrawn
        ? this.#top() + text
        : this.#erasing() + kept + text,
    );
    this.#drawn = lines;
  }

  #line({ meter, options }: Bar): string {
    const { columns } = this.#size;
    const own = meter.formatted(options.format);
    if (own !== undefined) return own;
    return barLine(options.label, meter.stats, meter.rate, meter.end, lookOf(columns - 1));
  }

  get #size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
  }

  /** Rows that the block takes now: a terminal that has become narrower has wrapped its lines. */
  get #heightOfDrawn(): number {
    const { columns } = this.#size;
    let height = 0;
    for (const line of this.#drawn) height += Math.max(1, Math.ceil(textWidth(line) / columns));
    return height;
  }

  #top(): string {
    const height = this.#heightOfDrawn;
    return height === 0 ? "" : `\r\u001B[${height}A`;
  }

  #erasing(): string {
    return this.#drawn.length === 0 ? "" : `${this.#top()}\u001B[J`;
  }

  #write(text: string): void {
    if (text !== "") this.#taken[0]?.write(text);
  }
}
