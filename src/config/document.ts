import type * as Yaml from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { unusable } from '../core/errors.js';
import { isObject, parseJson, type Json, type JsonObject } from '../core/json.js';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A configuration file as plain data, with the places its keys stand at. */
export interface ConfigDocument {
  readonly data: JsonObject;
  /** Where a key stands, or the nearest key above it that is in the file. */
  readonly at: (path: readonly PropertyKey[]) => Position;
}

/** The library's own texts quote the file, which may hold secrets: these do not. */
const sentences: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the same key is given twice',
  MISSING_CHAR: 'a closing quote, bracket or colon is missing',
  BAD_INDENT: 'the indentation does not fit, or a bracket is not closed',
  TAB_AS_INDENT: 'a tab is used for indentation; use spaces',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key:" stands on the same line; use quotes around text with ": "',
  BLOCK_IN_FLOW: 'a comma is missing, or a nested block stands inside brackets',
  BAD_SCALAR_START: 'text that starts with a special character needs quotes',
  UNEXPECTED_TOKEN: 'something stands where nothing is expected; a quote may be closed too early',
  MULTIPLE_DOCS: 'more than one document in the file',
  TAG_RESOLVE_FAILED: 'tags (a word after an exclamation mark) are not supported',
  BAD_ALIAS: 'an alias is wrong',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines; a colon may be missing',
};

/** What the file is, for its errors: `<room>.bad-syntax`, and what to do about them. */
export interface DocumentKind {
  readonly room: string;
  readonly hint: string;
}

const configuration: DocumentKind = { room: 'config', hint: 'compare it with .salesqrc.example' };

function syntaxError(
  shown: string,
  place: Position | null,
  what: string,
  { room, hint }: DocumentKind,
): Error {
  const where = place ? `${shown}:${String(place.line)}:${String(place.column)}` : shown;
  const message = `${where} cannot be read as YAML or JSON: ${what}.`;
  return unusable({ code: `${room}.bad-syntax`, message, hint });
}

/** Aliases are resolved here, within the library's limit; circular and unknown ones throw. */
function plainData(document: Document.Parsed): Json | undefined {
  try {
    return parseJson(JSON.stringify(document.toJS()));
  } catch {
    return undefined;
  }
}

/**
 * Parses YAML or JSON as data: no tags, no code, no merging, no key twice.
 * Throws UserError (exit 6) `<room>.bad-syntax` with file, line and column, `<room>.bad-value` where it is no mapping;
 * the room is `config` unless `kind` says otherwise.
 */
export async function parseDocument(
  text: string,
  shown: string,
  kind = configuration,
): Promise<ConfigDocument> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
    stringKeys: true,
    uniqueKeys: false,
  } as const;
  const document = yaml.parseDocument(text, options);
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    throw syntaxError(shown, place(problem.pos[0]), sentences[problem.code] ?? 'the notation is wrong', kind);
  }
  const doubled = doubledKey(yaml, document);
  if (doubled !== null) throw syntaxError(shown, place(doubled), sentences['DUPLICATE_KEY'] ?? '', kind);
  const data = plainData(document);
  if (data === undefined)
    throw syntaxError(shown, null, 'an alias is unknown, circular or used too often', kind);
  if (data !== null && !isObject(data)) {
    const message = `${shown} must hold keys and values at its top level.`;
    throw unusable({ code: `${kind.room}.bad-value`, message, hint: kind.hint });
  }

  return { data: data ?? {}, at: (path) => place(offsetOf(yaml, document, path)) };
}

/**
 * Offset of the first key its mapping has already; null where there is none. The library's own check compares each key
 * with every other one: half a minute for 20,000 of them.
 */
function doubledKey(yaml: typeof Yaml, document: Document.Parsed): number | null {
  let offset: number | null = null;
  yaml.visit(document, {
    Map(_key, { items }) {
      const names = new Set<string>();
      for (const { key } of items) {
        const name = yaml.isScalar(key) ? String(key.value) : null;
        if (name !== null && names.has(name)) offset = (key as Node).range?.[0] ?? 0;
        if (offset !== null) return yaml.visit.BREAK;
        if (name !== null) names.add(name);
      }
      return undefined;
    },
  });
  return offset;
}

/** Offset of a key in the text, or of the nearest key above it. */
function offsetOf(yaml: typeof Yaml, document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (yaml.isAlias(node)) node = node.resolve(document);
    const found = yaml.isMap(node)
      ? node.items.find((pair: Pair) => yaml.isScalar(pair.key) && String(pair.key.value) === String(step))
      : undefined;
    const next: unknown = found ? found.value : yaml.isSeq(node) ? node.items[Number(step)] : undefined;
    const anchor = (found ? found.key : next) as Node | null | undefined;
    if (!anchor?.range) break;
    offset = anchor.range[0];
    node = next;
  }
  return offset;
}
