import { lstat, open, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type * as Yaml from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { unusable, UserError } from '../core/errors.js';
import {
  isObject,
  parseJson,
  type Json,
  type JsonObject,
  writeJson,
  numberOf,
  recordOf,
} from '../core/json.js';
import { envText, type ConfigInput } from './settings.js';

/** A configuration file as it was read; mode and owner belong to the very bytes in `text`. */
export interface ConfigFile {
  readonly path: string;
  /** The path as messages show it: relative inside the working directory. */
  readonly shown: string;
  readonly text: string;
  readonly mode: number;
  readonly uid: number;
  /** False where the user named the file. */
  readonly searched: boolean;
  /** Whoever owns or may write to one of these decides what the file says: itself, its folders up to the first of root. */
  readonly way: readonly Step[];
}

/** A file or folder on the way to a configuration. */
export interface Step {
  readonly path: string;
  readonly isFolder: boolean;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** The only names looked for; JavaScript, TypeScript and package.json are not among them. */
const configNames = ['.salesqrc', '.salesqrc.json', '.salesqrc.yaml', '.salesqrc.yml'] as const;

/** What is used of cosmiconfig's explorer; its own declarations leave the class out. */
interface Explorer {
  search(folder: string): Promise<{ filepath: string; config?: unknown } | null>;
}
type ExplorerClass = new (options: object) => Explorer;

/** `$XDG_CONFIG_HOME/salesq`, by default `~/.config/salesq`; null without a home. */
function userFolder(input: ConfigInput): string | null {
  const xdg = envText(input, 'XDG_CONFIG_HOME');
  if (xdg !== null && path.isAbsolute(xdg)) return path.join(xdg, 'salesq');
  return input.home === null ? null : path.join(input.home, '.config', 'salesq');
}

/** True for a file that is found from every working directory. */
export function inUserFolder(file: string, input: ConfigInput): boolean {
  const own = userFolder(input);
  return own !== null && path.dirname(file) === path.resolve(own);
}

function searchFolders(input: ConfigInput): string[] {
  const folders = [path.resolve(input.cwd)];
  for (let here = folders[0] ?? '/'; path.dirname(here) !== here;) {
    here = path.dirname(here);
    folders.push(here);
  }
  const own = userFolder(input);
  return own === null ? folders : [...folders, own];
}

function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

const unreadable = (shown: string, why: string): UserError =>
  unusable({
    code: 'config.unreadable',
    message: `The configuration file ${shown} cannot be read: ${why}.`,
    hint: 'check its owner and mode, or name another file with --config',
  });

const errorCode = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown error';
};

const bits = 0o7777;

/** The folder and those above it, up to the first that belongs to root. */
async function foldersFrom(folder: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (let here = folder; ; here = path.dirname(here)) {
    const { uid, gid, mode } = await stat(here);
    steps.push({ path: here, isFolder: true, uid, gid, mode: mode & bits });
    if (uid === 0 || path.dirname(here) === here) return steps;
  }
}

/** The folders of a file as it was found, and of what a link there leads to. */
async function wayTo(file: string): Promise<Step[]> {
  const folders = new Set([await realpath(path.dirname(file)), path.dirname(await realpath(file))]);
  return (await Promise.all([...folders].map(foldersFrom))).flat();
}

/** Reads text, mode and owner through one handle, so that nobody can exchange the file in between. */
async function readConfig(file: string, cwd: string, searched: boolean): Promise<ConfigFile> {
  const way = searched ? await wayTo(file) : [];
  const handle = await open(file, 'r');
  try {
    const { mode, uid, gid } = await handle.stat();
    const own: Step = { path: file, isFolder: false, uid, gid, mode: mode & bits };
    const shown = shownPath(file, cwd);
    const bytes = await handle.readFile();
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return { path: file, shown, text, mode: own.mode, uid, searched, way: [own, ...way] };
    } catch {
      throw unusable({
        code: 'config.bad-syntax',
        message: `The configuration file ${shown} is not UTF-8 text.`,
        hint: 'save it as UTF-8',
      });
    }
  } finally {
    await handle.close();
  }
}

/** The explorer skips what it may not read; a file that is there but closed to us must not be passed over. */
async function refuseClosed(folder: string, found: string | null, cwd: string): Promise<void> {
  for (const name of configNames) {
    const file = path.join(folder, name);
    if (file === found) return;
    const there = await lstat(file).catch(() => null);
    const code = there ? await open(file, 'r').then((handle) => handle.close(), errorCode) : null;
    if (code === 'EACCES') throw unreadable(shownPath(file, cwd), code);
  }
}

/**
 * `cosmiconfig()` itself looks into `.config/config.js` and package.json of the working directory for options of its
 * own, and executes what it finds; no option turns that off. Its explorer does not, so it is built directly, with
 * loaders for our four names only. Loaders hand over the text wrapped, which also keeps `$import` without effect.
 */
async function makeExplorer(cwd: string): Promise<Explorer> {
  const module = (await import('cosmiconfig/dist/Explorer.js')) as unknown as { Explorer: ExplorerClass };
  const load = (file: string): Promise<ConfigFile> => readConfig(file, cwd, true);
  return new module.Explorer({
    moduleName: 'salesq',
    searchPlaces: [...configNames],
    loaders: { noExt: load, '.json': load, '.yaml': load, '.yml': load },
    searchStrategy: 'none',
    metaConfigFilePath: null,
    ignoreEmptySearchPlaces: false,
    cache: false,
    transform: (result: unknown) => result,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
  });
}

/** A folder we may not enter, or that is none, holds no configuration for us. */
function noFolder(error: unknown): null {
  const code = errorCode(error);
  if (code === 'EACCES' || code === 'ENOTDIR') return null;
  throw error;
}

async function searchConfig(input: ConfigInput): Promise<ConfigFile | null> {
  const explorer = await makeExplorer(input.cwd);
  for (const folder of searchFolders(input)) {
    const found = await explorer.search(folder).catch(noFolder);
    await refuseClosed(folder, found?.filepath ?? null, input.cwd);
    if (!found) continue;
    const file = found.config as ConfigFile | undefined;
    return file ?? (await readConfig(found.filepath, input.cwd, true));
  }
  return null;
}

/**
 * Finds and reads the configuration file: `--config`, SALESQ_CONFIG, then the search places; null where there is none.
 * Throws UserError `config.not-found`, `config.unreadable` or `config.bad-syntax` (exit 6).
 */
export async function findConfig(input: ConfigInput): Promise<ConfigFile | null> {
  const named = input.flags.config ?? envText(input, 'SALESQ_CONFIG');
  try {
    if (named === null) return await searchConfig(input);
    return await readConfig(path.resolve(input.cwd, named), input.cwd, false);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = errorCode(error);
    if (named === null) throw unreadable('found from the working directory', code);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(named, code);
    throw unusable({
      code: 'config.not-found',
      message: `The configuration file ${named} named by ${input.flags.config === undefined ? 'SALESQ_CONFIG' : '--config'} is not there.`,
      hint: 'copy .salesqrc.example to .salesqrc',
    });
  }
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A configuration file as plain data, with the places its keys stand at. */
export interface ConfigDocument {
  readonly data: JsonObject;
  /** Where a key stands, or the nearest key above it that is in the file. */
  readonly at: (path: readonly string[]) => Position;
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

/** What kind of file it is: the first part of its error codes (`<codes>.bad-syntax`), and what to do about them. */
export interface DocumentKind {
  readonly codes: string;
  readonly hint: string;
}

const configuration: DocumentKind = { codes: 'config', hint: 'compare it with .salesqrc.example' };

function syntaxError(
  shown: string,
  place: Position | null,
  what: string,
  { codes, hint }: DocumentKind,
): Error {
  const where = place ? `${shown}:${String(place.line)}:${String(place.column)}` : shown;
  const message = `${where} cannot be read as YAML or JSON: ${what}.`;
  return unusable({ code: `${codes}.bad-syntax`, message, hint });
}

/** The library's maps as objects whose keys stand in the order of the file. */
function recordsOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(recordsOf);
  if (!(value instanceof Map)) return value;
  return recordOf([...(value as Map<string, unknown>)].map(([key, inner]) => [key, recordsOf(inner)]));
}

/** Numbers keep the digits of the file where it writes them as JSON does. */
const keepDigits = (yaml: typeof Yaml, document: Document.Parsed): void =>
  yaml.visit(document, {
    Scalar(_key, scalar) {
      const { value, source = '' } = scalar;
      if (typeof value === 'number' && isJsonNumber(source)) scalar.value = numberOf(source);
    },
  });

const isJsonNumber = (text: string): boolean => /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/u.test(text);

/** Aliases are resolved here, within the library's limit; circular and unknown ones throw. */
function plainData(document: Document.Parsed): Json | undefined {
  try {
    return parseJson(writeJson(recordsOf(document.toJS({ mapAsMap: true }))));
  } catch {
    return undefined;
  }
}

/**
 * Parses YAML or JSON as data: no tags, no code, no merging, no key twice.
 * Throws UserError (exit 6) `<codes>.bad-syntax` with file, line and column, `<codes>.bad-value` where it is no mapping;
 * the codes begin with `config` unless `kind` says otherwise.
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
  keepDigits(yaml, document);
  const data = plainData(document);
  if (data === undefined)
    throw syntaxError(shown, null, 'an alias is unknown, circular or used too often', kind);
  if (data !== null && !isObject(data)) {
    const message = `${shown} must hold keys and values at its top level.`;
    throw unusable({ code: `${kind.codes}.bad-value`, message, hint: kind.hint });
  }

  return { data: data ?? {}, at: (keys) => place(offsetOf(yaml, document, keys)) };
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
function offsetOf(yaml: typeof Yaml, document: Document.Parsed, keys: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of keys) {
    if (yaml.isAlias(node)) node = node.resolve(document);
    const found = yaml.isMap(node)
      ? node.items.find((pair: Pair) => yaml.isScalar(pair.key) && String(pair.key.value) === step)
      : undefined;
    const next: unknown = found ? found.value : yaml.isSeq(node) ? node.items[Number(step)] : undefined;
    const anchor = (found ? found.key : next) as Node | null | undefined;
    if (!anchor?.range) break;
    offset = anchor.range[0];
    node = next;
  }
  return offset;
}
