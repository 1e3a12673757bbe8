import { isObject, type Json, type JsonObject } from '../core/json.js';
import type { Problem } from '../core/row.js';
import type { Specs, ValueSpec } from '../core/value.js';
import type { Position } from './document.js';
import {
  fileKeys,
  isProfileName,
  profileKeys,
  readSetting,
  sandboxName,
  settingsOf,
  type VendorDeclaration,
} from './settings.js';

/** Something wrong in a configuration file, at a key. */
export interface ConfigProblem extends Problem {
  readonly path: readonly string[];
}

/** A mapping of the file: the values and the mappings it may hold. */
interface Shape {
  readonly values: Specs;
  readonly inside: ReadonlyMap<string, Shape>;
  /** Of mappings whose names the user chooses. */
  readonly each?: Shape;
  /** What is wrong with a name the user chose. */
  readonly nameProblem?: (path: readonly string[]) => ConfigProblem | null;
  /** Keys nobody knows are no mistake here. */
  readonly open?: boolean;
}

/** A shape of keys by path: `dnc.maxAge` is the value `maxAge` in the mapping `dnc`. */
function shapeOf(keys: Specs, inside: Readonly<Record<string, Shape>> = {}): Shape {
  const values: Record<string, Specs[string]> = {};
  const nested = new Map<string, Record<string, Specs[string]>>();
  for (const [key, spec] of Object.entries(keys)) {
    const [first = '', second] = key.split('.');
    if (second === undefined) values[first] = spec;
    else nested.set(first, { ...nested.get(first), [second]: spec });
  }
  const mappings = [...nested].map(([name, specs]) => [name, shapeOf(specs)] as const);
  return { values, inside: new Map([...mappings, ...Object.entries(inside)]) };
}

function fileShape(vendors: readonly VendorDeclaration[]): Shape {
  const parts = vendors.map((vendor) => [vendor.id, shapeOf(settingsOf(vendor))] as const);
  const ofVendors: Shape = { values: {}, inside: new Map(parts), open: true };
  const profiles: Shape = {
    values: {},
    inside: new Map(),
    each: shapeOf(profileKeys, { vendors: ofVendors }),
    nameProblem: profileNameProblem,
  };
  return shapeOf(fileKeys, { profiles });
}

function profileNameProblem(path: readonly string[]): ConfigProblem | null {
  const name = path.at(-1) ?? '';
  if (name === sandboxName) {
    const message = `${shownKeys(path)}: the name ${sandboxName} is built in and cannot be defined`;
    return { code: 'config.reserved-profile', path, message };
  }
  const message = `${shownKeys(path)}: a profile's name is made of letters, digits, dot, dash and underscore`;
  return isProfileName(name) ? null : { code: 'config.bad-value', path, message };
}

const badValue = (path: readonly string[], problem: string): ConfigProblem => ({
  code: 'config.bad-value',
  path,
  message: `${shownKeys(path)} ${problem}`,
});

/** In the order of the file. A key without a value counts as not there. */
function* problemsIn(shape: Shape, data: Json, path: readonly string[]): Generator<ConfigProblem, void> {
  if (data === null) return;
  if (!isObject(data)) {
    yield badValue(path, 'must hold keys and values');
    return;
  }
  for (const [key, value] of Object.entries(data)) {
    const below = [...path, key];
    const name = shape.nameProblem?.(below) ?? null;
    if (name) yield name;
    const inside = shape.inside.get(key) ?? shape.each;
    if (Object.hasOwn(shape.values, key)) {
      const spec = shape.values[key];
      const problem = spec && value !== null ? valueProblem(below, spec, value) : null;
      if (problem) yield problem;
    } else if (inside) yield* problemsIn(inside, value, below);
    else if (!shape.open)
      yield unknownKey(below, value, [...Object.keys(shape.values), ...shape.inside.keys()]);
  }
}

/** Of a list, the first item that is wrong is named. */
function valueProblem(
  path: readonly string[],
  spec: ValueSpec,
  value: NonNullable<Json>,
): ConfigProblem | null {
  const items = Array.isArray(value) ? (value as readonly Json[]) : [];
  for (const [at, item] of items.entries()) {
    const wrong = item === null ? null : readSetting(spec, item, 'config').problem;
    if (wrong !== null) return badValue([...path, String(at)], wrong);
  }
  const { problem } = readSetting(spec, value, 'config');
  return problem === null ? null : badValue(path, problem);
}

function unknownKey(path: readonly string[], value: Json, known: readonly string[]): ConfigProblem {
  const hint = didYouMean(path.at(-1) ?? '', known);
  // `{ token "text" }` makes the text part of a key without a value: not shown unless it is near a known one.
  const bare = value === null && hint === '';
  const message = bare
    ? `${shownKeys([...path.slice(0, -1), ''])} is an unknown key without a value`
    : `${shownKeys(path)} is an unknown key${hint}`;
  return { code: 'config.unknown-key', path, message };
}

/** More problems than this are one mistake many times over. */
export const mostProblems = 50;

/** What is wrong with a file's data, in the order of the file; at most `mostProblems`. Never quotes a value. */
export function configProblems(
  data: JsonObject,
  vendors: readonly VendorDeclaration[],
  at: (path: readonly string[]) => Position,
): ConfigProblem[] {
  const found: ConfigProblem[] = [];
  for (const problem of problemsIn(fileShape(vendors), data, [])) {
    if (found.push(problem) === mostProblems) break;
  }
  const order = ({ path }: ConfigProblem): number => {
    const { line, column } = at(path);
    return line * 10_000 + column;
  };
  return found.sort((a, b) => order(a) - order(b));
}

/** Vendors of the file's profiles that this program does not know: a newer one may. */
export function unknownVendors(
  profiles: JsonObject,
  vendors: readonly VendorDeclaration[],
  shownFile: string,
): Problem[] {
  const known = vendors.map((vendor) => vendor.id);
  return Object.entries(profiles).flatMap(([name, profile]) => {
    const parts = isObject(profile) && isObject(profile.vendors) ? Object.keys(profile.vendors) : [];
    return parts
      .filter((id) => !known.includes(id))
      .map((id) => {
        const place = shownKeys(['profiles', name, 'vendors', id]);
        const message = `${shownFile}: ${place} is a vendor this program does not know${didYouMean(id, known)}`;
        return { code: 'config.unknown-vendor', message };
      });
  });
}

/** Keys that look like names may be shown; anything else may be a secret in the wrong place. */
const shownKey = (key: string): string => (/^[A-Za-z0-9_][\w.-]{0,40}$/.test(key) ? key : '(unreadable key)');

/** A path in the file as messages show it: `profiles.acme.country`. */
export const shownKeys = (path: readonly string[]): string => path.map(shownKey).join('.');

/** Edits (insert, delete, replace, swap neighbours) that turn one word into the other. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + same,
        swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}

/** The known name a typed one most likely means; null where none is near (more than a third of it differs). */
function nearest(typed: string, known: readonly string[]): string | null {
  if (typed.length > 64) return null;
  const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, '');
  const ranked = known
    .map((name) => ({ name, edits: distance(plain(typed), plain(name)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(1, Math.floor(plain(best.name).length / 3)) ? best.name : null;
}

/** `; did you mean x?`, or nothing. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const name = nearest(typed, known);
  return name === null ? '' : `; did you mean ${name}?`;
}
