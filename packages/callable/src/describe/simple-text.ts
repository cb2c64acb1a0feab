/**
 * Which names a function takes from outside, read without the parser where its text is simple: no other functions than
 * arrows, no destructuring, no templates, no regular expressions. A first function would wait for the parser to load,
 * longer than for its worker to start. Whatever is not sure is left to the parser.
 */

/** A longer text is worth a parser. */
const longest = 4_000;

const shapes =
  /[ \t]+|(\r\n?|\n)|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|([A-Za-z_$][\w$]*)|(\d[\w.]*(?:(?<=[eE])[+-]\d+)?|\.\d\w*)|("(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*'|`[^`\\$]*`)|(\.\.\.|=>|\?\.|>>>=|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|===|!==|\*\*|<<|>>|<=|>=|==|!=|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|&&|\|\||\?\?|[{}()[\];,<>+\-*/%&|^!~?:=.])/y;

const words = new Set(
  (
    "return if else for while do break continue const let var new typeof void null true false in instanceof throw try " +
    "catch finally delete async await"
  ).split(" "),
);

/** Words that mean something of their own, which the parser knows. */
const refused = new Set(
  (
    "this super import export class extends function switch case default with debugger arguments eval yield enum static " +
    "implements interface package private protected public get set"
  ).split(" "),
);

const assignments = new Set("= += -= *= /= %= **= <<= >>= >>>= &= |= ^= &&= ||= ??= ++ --".split(" "));

/** What no statement begins with, so that the one before goes on behind a line's end. */
const continuations = new Set(". ?. ) ] } ? : && || ?? = == === != !== < > <= >= * % & | ^".split(" "));

interface Token {
  readonly text: string;
  readonly kind: "name" | "word" | "number" | "string" | "mark";
  readonly afterNewline: boolean;
}

/** The names that are taken from outside. `undefined`: the parser must read it. */
export function simpleText(source: string): readonly string[] | undefined {
  if (source.length > longest || /<!--|-->|[\u2028\u2029]/.test(source)) return undefined;
  try {
    return new Reader(tokensOf(source)).read();
  } catch (error) {
    if (error === notSimple) return undefined;
    throw error;
  }
}

const notSimple: unique symbol = Symbol("not simple");

function refuse(): never {
  throw notSimple;
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  /** What stands before each parenthesis that is open. */
  const open: string[] = [];
  let afterNewline = false;
  let endsValue = false;
  for (shapes.lastIndex = 0; shapes.lastIndex < source.length; ) {
    const found = shapes.exec(source) ?? refuse();
    const [text, , name, number, string, mark] = found;
    const kind = kindOf(name, number, string, mark);
    if (kind === undefined) {
      afterNewline ||= /[\r\n]/.test(text);
      continue;
    }
    // A division, if a value stands before it; else a regular expression.
    if (text.startsWith("/") && !endsValue) refuse();
    if (text === "(") open.push(tokens.at(-1)?.text ?? "");
    if (text === ")") endsValue = !words.has(open.pop() ?? "");
    else endsValue = text === "]" || kind === "number" || (kind === "name" && text !== "of");
    tokens.push({ text, kind, afterNewline });
    afterNewline = false;
  }
  return tokens;
}

function kindOf(name?: string, number?: string, string?: string, mark?: string): Token["kind"] | undefined {
  if (name !== undefined) return words.has(name) ? "word" : "name";
  if (number !== undefined) return "number";
  if (string !== undefined) return "string";
  return mark === undefined ? undefined : "mark";
}

/** Where a name has the meaning that something in the text gives it. */
interface Region {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

class Reader {
  readonly #tokens: readonly Token[];
  /** For each bracket, where the other one is; for each token, the innermost bracket around it. */
  readonly #partner: number[] = [];
  readonly #around: number[] = [];
  readonly #regions: Region[] = [];
  #ownName: string | undefined;
  #async = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    const open: number[] = [];
    for (const [at, { text, kind }] of tokens.entries()) {
      if (kind === "mark" && /^[)\]}]$/.test(text)) {
        const start = open.pop() ?? refuse();
        if (`${this.#text(start)}${text}`.match(/^(\(\)|\[\]|\{\})$/) === null) refuse();
        this.#partner[start] = at;
        this.#partner[at] = start;
      }
      this.#around[at] = open.at(-1) ?? -1;
      if (kind === "mark" && /^[([{]$/.test(text)) open.push(at);
    }
    if (open.length > 0) refuse();
  }

  read(): readonly string[] {
    const body = this.#head();
    for (let at = body; at < this.#tokens.length; at++) this.#declare(at);
    const free = new Set<string>();
    for (let at = body; at < this.#tokens.length; at++) {
      const name = this.#freeName(at);
      if (name !== undefined) free.add(name);
    }
    return [...free];
  }

  #text(at: number): string {
    return this.#tokens[at]?.text ?? "";
  }

  #isName(at: number): boolean {
    return this.#tokens[at]?.kind === "name" && !refused.has(this.#text(at));
  }

  /** The function's own name and parameters. Gives the place of its body. */
  #head(): number {
    const end = this.#tokens.length;
    let at = 0;
    if (this.#text(0) === "async" && this.#text(1) !== "=>") {
      this.#async = true;
      at++;
    }
    const isArrow = this.#text(at) !== "function";
    if (!isArrow) {
      at++;
      if (this.#isName(at)) this.#ownName = this.#text(at++);
      if (this.#text(at) !== "(") refuse();
    }
    let body: number;
    if (this.#text(at) === "(") {
      const close = this.#partner[at]!;
      this.#parameters(at + 1, close, 0, end);
      body = close + 1;
    } else {
      if (!this.#isName(at)) refuse();
      this.#regions.push({ name: this.#text(at), from: 0, to: end });
      body = at + 1;
    }
    if (isArrow) {
      if (this.#text(body) !== "=>") refuse();
      body++;
    }
    const isBlock = this.#text(body) === "{";
    if ((!isArrow || isBlock) && this.#partner[body] !== end - 1) refuse();
    if (body >= end) refuse();
    return body;
  }

  #parameters(start: number, close: number, from: number, to: number): void {
    for (let at = start; at < close; at += 2) {
      if (this.#text(at) === "...") at++;
      if (!this.#isName(at) || (at + 1 !== close && this.#text(at + 1) !== ",")) refuse();
      this.#regions.push({ name: this.#text(at), from, to });
    }
  }

  #declare(at: number): void {
    const { text, kind } = this.#tokens[at]!;
    if (kind !== "string" && refused.has(text) && this.#text(at - 1) !== "." && this.#text(at - 1) !== "?.")
      refuse();
    if (text === "=>") this.#arrow(at);
    if (kind !== "word") {
      if (assignments.has(text)) this.#assignment(at);
      return;
    }
    if (this.#text(at - 1) === "." || this.#text(at - 1) === "?.") return;
    const next = this.#text(at + 1);
    if (text === "const" || text === "let" || text === "var") this.#variables(at);
    else if (text === "for" && !(next === "(" && /^(const|let|var)$/.test(this.#text(at + 2)))) refuse();
    else if (text === "new" && next === ".") refuse();
    else if (text === "async" || (text === "await" && !this.#async)) refuse();
    else if (text === "catch" && next === "(") {
      const block = this.#partner[at + 1]! + 1;
      this.#parameters(at + 2, block - 1, at, this.#partner[block] ?? refuse());
    }
  }

  /** What an assignment takes apart, or has in parentheses, may be names from outside. */
  #assignment(at: number): void {
    const before = this.#text(at - 1);
    const isStep = this.#text(at) === "++" || this.#text(at) === "--";
    if (before === "}" || before === ")" || (isStep && this.#text(at + 1) === "(")) refuse();
    if (before !== "]") return;
    const holder = this.#partner[at - 1]! - 1;
    if (this.#text(holder) !== "]" && !(this.#isName(holder) && this.#text(holder) !== "of")) refuse();
  }

  /** An arrow function inside. */
  #arrow(at: number): void {
    if (this.#tokens.some(({ text }) => text === "await")) refuse();
    const first = this.#text(at - 1) === ")" ? this.#partner[at - 1]! : at - 1;
    const end = this.#text(at + 1) === "{" ? this.#partner[at + 1]! : this.#endOfExpression(at);
    if (first === at - 1) {
      if (!this.#isName(first)) refuse();
      this.#regions.push({ name: this.#text(first), from: first, to: end });
    } else this.#parameters(first + 1, at - 1, first, end);
  }

  /** Where the body of an arrow function ends that is an expression. */
  #endOfExpression(arrow: number): number {
    let choices = 0;
    let end = arrow + 1;
    for (; end < this.#tokens.length; end++) {
      if (this.#isOutside(end, arrow)) break;
      if (this.#around[end] !== this.#around[arrow]) continue;
      const { text, afterNewline } = this.#tokens[end]!;
      if (text === "," || text === ";" || (text === ":" && --choices < 0)) break;
      if (text === "?") choices++;
      // There may end a statement without a semicolon.
      if (afterNewline && !continuations.has(text)) refuse();
    }
    return end;
  }

  /** Whether a token stands behind the brackets around another. */
  #isOutside(at: number, inner: number): boolean {
    const around = this.#around[inner]!;
    return around >= 0 && at >= this.#partner[around]!;
  }

  #variables(at: number): void {
    const around = this.#around[at]!;
    let region: { readonly from: number; readonly to: number };
    if (this.#text(around) === "{") region = { from: around, to: this.#partner[around]! };
    else if (this.#text(around) === "(" && this.#text(around - 1) === "for") {
      const block = this.#partner[around]! + 1;
      region = { from: around, to: this.#text(block) === "{" ? this.#partner[block]! : refuse() };
    } else refuse();
    let expectsName = true;
    for (let next = at + 1; next < this.#tokens.length; next++) {
      if (this.#around[next] !== around) {
        if (next >= this.#partner[around]!) return;
        continue;
      }
      const { text, afterNewline } = this.#tokens[next]!;
      if (expectsName) {
        if (!this.#isName(next)) refuse();
        this.#regions.push({ name: text, ...region });
        expectsName = false;
      } else if (text === ";" || (this.#text(around) === "(" && (text === "of" || text === "in"))) return;
      else if (afterNewline && !continuations.has(text)) refuse();
      else if (text === ",") expectsName = true;
    }
  }

  /** The name that stands at a place, if it is taken from outside. */
  #freeName(at: number): string | undefined {
    const { text, kind } = this.#tokens[at]!;
    const before = this.#text(at - 1);
    if (kind !== "name" || before === "." || before === "?.") return undefined;
    const next = this.#text(at + 1);
    if (before === "{" || before === ",") {
      if (next === ":") return undefined;
      // A method, whose parameters would have to be known.
      if (next === "(" && this.#text(this.#partner[at + 1]! + 1) === "{") refuse();
    }
    if (text === "of" && this.#text(this.#around[at]! - 1) === "for" && this.#isName(at - 1))
      return undefined;
    if (this.#regions.some(({ name, from, to }) => name === text && from <= at && at <= to)) return undefined;
    if (text === this.#ownName) return next === "(" ? undefined : refuse();
    if (assignments.has(next) || before === "++" || before === "--") refuse();
    return text;
  }
}
