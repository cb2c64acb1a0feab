import { ByteReader } from "./byte-reader.ts";
import { integerOf } from "./integer.ts";
import { ClassName, callClass } from "./known-calls.ts";
import { longestInteger, mostContainers } from "./limits.ts";
import { op, refusedOpcodes } from "./opcodes.ts";
import { refusal } from "./refusal.ts";
import { Stack } from "./stack.ts";

/**
 * The plain data in a pickle of protocol 2 to 5 (Python: `pickle.loads`).
 *
 * It can run nothing: opcodes that call, import or ask outside are refused by name. It needs no recursion, so depth has
 * no limit; containers and the length of integers have one.
 *
 * @throws SerializationError whatever is wrong with the message
 */
export function unpickle(message: Uint8Array): unknown {
  try {
    return new Unpickler(message).message();
  } catch (error) {
    // A Map or Set of V8 has at most some 16 million entries.
    if (error instanceof RangeError) throw refusal(`a part of it is too large: ${error.message}`);
    throw error;
  }
}

class Unpickler {
  readonly #from: ByteReader;
  readonly #stack = new Stack();
  readonly #memo: unknown[] = [];
  readonly #tuples = new WeakSet<object>();
  #containers = 0;

  constructor(message: Uint8Array) {
    this.#from = new ByteReader(message);
  }

  message(): unknown {
    if (this.#from.left === 0 || this.#from.uint8() !== op.proto)
      throw refusal("it does not begin with a protocol");
    const protocol = this.#from.uint8();
    if (protocol < 2 || protocol > 5) throw refusal(`it has protocol ${protocol}; 2 to 5 are supported`);
    for (let code = this.#from.uint8(); code !== op.stop; code = this.#from.uint8()) this.#step(code);
    const value = this.#value(this.#stack.pop());
    if (this.#stack.height > 0 || this.#stack.openMarks > 0)
      throw refusal("more than one value is left at its end");
    if (this.#from.left > 0) throw refusal("something follows its end");
    return value;
  }

  #step(code: number): void {
    if (!this.#scalar(code) && !this.#container(code) && !this.#machine(code)) {
      const name = refusedOpcodes.get(code) ?? `0x${code.toString(16).padStart(2, "0")}`;
      throw refusal(`the opcode ${name} is refused`);
    }
  }

  /** Values without parts. */
  #scalar(code: number): boolean {
    const from = this.#from;
    switch (code) {
      case op.none:
        return this.#push(null);
      case op.true:
        return this.#push(true);
      case op.false:
        return this.#push(false);
      case op.binint1:
        return this.#push(from.uint8());
      case op.binint2:
        return this.#push(from.uint16());
      case op.binint:
        return this.#push(from.int32());
      case op.long1:
        return this.#integer(from.uint8());
      case op.long4:
        return this.#integer(from.uint32());
      case op.binfloat:
        return this.#push(from.float64());
      case op.shortBinunicode:
        return this.#push(from.text(from.uint8()));
      case op.binunicode:
        return this.#push(from.text(from.uint32()));
      case op.binunicode8:
        return this.#push(from.text(from.length64()));
      case op.shortBinbytes:
        return this.#made(new Uint8Array(from.view(from.uint8())));
      case op.binbytes:
        return this.#made(new Uint8Array(from.view(from.uint32())));
      case op.binbytes8:
      case op.bytearray8:
        return this.#made(new Uint8Array(from.view(from.length64())));
      default:
        return false;
    }
  }

  #container(code: number): boolean {
    const stack = this.#stack;
    switch (code) {
      case op.emptyList:
        return this.#made([]);
      case op.append:
        return this.#append([stack.pop()]);
      case op.appends:
        return this.#append(stack.popMark());
      case op.emptyTuple:
        return this.#tuple([]);
      case op.tuple1:
      case op.tuple2:
      case op.tuple3: {
        const items: unknown[] = [];
        for (let left = code - op.tuple1 + 1; left > 0; left--) items.unshift(stack.pop());
        return this.#tuple(items);
      }
      case op.tuple:
        return this.#tuple(stack.popMark());
      case op.emptyDict:
        return this.#made(new Map());
      case op.setitem: {
        const value = stack.pop();
        return this.#setItems([stack.pop(), value]);
      }
      case op.setitems:
        return this.#setItems(stack.popMark());
      case op.emptySet:
        return this.#made(new Set());
      case op.additems:
        return this.#addItems(stack.popMark());
      case op.frozenset:
        return this.#made(new Set(this.#values(stack.popMark())));
      default:
        return false;
    }
  }

  /** Marks, the memo, and the calls that older protocols make sets by. */
  #machine(code: number): boolean {
    const from = this.#from;
    const stack = this.#stack;
    switch (code) {
      case op.mark:
        stack.mark();
        return true;
      case op.frame: {
        const length = from.length64();
        if (length > from.left) throw refusal(`a frame of ${length} bytes begins, and ${from.left} are left`);
        return true;
      }
      case op.memoize:
        return this.#memoize(this.#memo.length);
      case op.binput:
        return this.#memoize(from.uint8());
      case op.longBinput:
        return this.#memoize(from.uint32());
      case op.binget:
        return this.#remembered(from.uint8());
      case op.longBinget:
        return this.#remembered(from.uint32());
      case op.global:
        return this.#push(new ClassName(from.line(), from.line()));
      case op.stackGlobal: {
        const name = stack.pop();
        const module = stack.pop();
        if (typeof name !== "string" || typeof module !== "string")
          throw refusal("a class in it has no name");
        return this.#push(new ClassName(module, name));
      }
      case op.reduce: {
        const given = stack.pop();
        return this.#made(callClass(stack.pop(), given, (value) => this.#tuples.has(value as object)));
      }
      default:
        return false;
    }
  }

  #push(value: unknown): true {
    this.#stack.push(value);
    return true;
  }

  #made(container: unknown): true {
    this.#containers += 1;
    if (this.#containers > mostContainers)
      throw refusal(`it has more than ${mostContainers} lists, dicts, sets and bytes`);
    return this.#push(container);
  }

  #tuple(items: unknown[]): true {
    this.#tuples.add(items);
    return this.#made(this.#values(items));
  }

  #integer(length: number): true {
    if (length > longestInteger)
      throw refusal(`an integer in it has ${length} bytes; ${longestInteger} are allowed`);
    return this.#push(integerOf(this.#from.view(length)));
  }

  #append(items: unknown[]): true {
    const list = this.#stack.top();
    if (!Array.isArray(list) || this.#tuples.has(list))
      throw refusal("it appends to something that is not a list");
    // In a loop: as arguments of push() 200,000 items overflow the stack.
    for (const item of this.#values(items)) list.push(item);
    return true;
  }

  #setItems(items: unknown[]): true {
    const dict = this.#stack.top();
    if (!(dict instanceof Map)) throw refusal("it sets items of something that is not a dict");
    if (items.length % 2 === 1) throw refusal("a key in it has no value");
    this.#values(items);
    for (let at = 0; at < items.length; at += 2) dict.set(items[at], items[at + 1]);
    return true;
  }

  #addItems(items: unknown[]): true {
    const set = this.#stack.top();
    if (!(set instanceof Set)) throw refusal("it adds items to something that is not a set");
    for (const item of this.#values(items)) set.add(item);
    return true;
  }

  #memoize(number: number): true {
    // Each Python counts 0, 1, 2, …: another number would make a hole, or a table of any size.
    if (number > this.#memo.length) throw refusal(`it remembers a value as number ${number}, out of order`);
    this.#memo[number] = this.#stack.top();
    return true;
  }

  #remembered(number: number): true {
    if (number >= this.#memo.length) throw refusal(`it names value ${number}, which it has not remembered`);
    return this.#push(this.#memo[number]);
  }

  #value(value: unknown): unknown {
    if (value instanceof ClassName) throw refusal(`the class ${value.full} is not plain data`);
    return value;
  }

  #values(items: unknown[]): unknown[] {
    for (const item of items) this.#value(item);
    return items;
  }
}
