/**
 * Names in lower case, repeated ones joined by `, `.
 *
 * @param raw name, value, name, value… as they came off the wire
 */
export function flatHeaders(raw: readonly string[]): Readonly<Record<string, string>> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const before = joined.get(name);
    joined.set(name, before === undefined ? raw[at + 1]! : `${before}, ${raw[at + 1]!}`);
  }
  return Object.fromEntries(joined);
}
