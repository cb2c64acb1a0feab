import { functionText } from "./function-text.ts";
import { isNode, type SyntaxNode } from "./parser.ts";

/** What compilers make of private fields for old targets: WeakMaps and WeakSets that know the instance. */
const lowered =
  /\b_\w+\.(set|add)\(this\b|\b__privateAdd\(this|_class_private_(field|method)_init\(this|_classPrivate(Field|Method)Init\w*\(this/;

const known = new WeakMap<Function, boolean>();

/** Whether instances of a class have private fields or methods, which only its own code can give to an object. */
export function hasPrivateFields(Class: Function): boolean {
  let answer = known.get(Class);
  if (answer === undefined) {
    answer = declaresPrivate(Function.prototype.toString.call(Class));
    known.set(Class, answer);
  }
  return answer;
}

function declaresPrivate(source: string): boolean {
  if (lowered.test(source)) return true;
  const text = functionText(source, true);
  if ("kind" in text || !isNode(text.root["body"])) return false;
  const members = text.root["body"]["body"] as SyntaxNode[];
  return members.some((member) => {
    const key = member["key"];
    return member["static"] !== true && isNode(key) && key.type === "PrivateIdentifier";
  });
}
