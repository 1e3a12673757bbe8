import type { Json, JsonObject } from '../../core/json.js';
import { isObject, parseJson } from '../../core/json.js';
import type { TwinAnswer } from '../../core/twin.js';

/** Changes the entries of an answer, one a row; null where there is nothing to change. */
export type EditRows = (rows: readonly Json[]) => readonly Json[] | null;

/** A good answer with other entries; null where it has no such list, as a refusal, or the edit has nothing to do. */
export function withRows(answer: TwinAnswer, path: readonly string[], edit: EditRows): TwinAnswer | null {
  const json = jsonOf(answer);
  const changed = json === undefined ? null : changedAt(json, path, edit);
  return changed === null ? null : { ...answer, body: JSON.stringify(changed) };
}

function changedAt(json: Json, [key, ...rest]: readonly string[], edit: EditRows): Json | null {
  if (key === undefined) return Array.isArray(json) ? edit(json as readonly Json[]) : null;
  const inner = isObject(json) ? json[key] : undefined;
  const changed = inner === undefined ? null : changedAt(inner, rest, edit);
  return changed === null ? null : { ...(json as JsonObject), [key]: changed };
}

/** Without the last entries; at least one goes. */
export const dropLast =
  (count: number): EditRows =>
  (rows) =>
    rows.length === 0 ? null : rows.slice(0, Math.max(0, rows.length - count));

/** The last entry is gone and the first one there twice; of a single one there are two. */
export const repeatFirst: EditRows = (rows) => {
  const [first] = rows;
  if (first === undefined) return null;
  return rows.length === 1 ? [first, first] : [...rows.slice(0, -1), first];
};

/** The last entry is one nobody asked for: every digit in it is another one. */
export const foreignLast: EditRows = (rows) => {
  const last = rows.at(-1);
  return last === undefined ? null : [...rows.slice(0, -1), otherDigits(last)];
};

export const lastFirst: EditRows = (rows) => (rows.length < 2 ? null : rows.toReversed());

const other = (text: string): string => text.replace(/\d/g, (digit) => String(9 - Number(digit)));

const otherDigits = (json: Json): Json =>
  mapLeaves(json, (leaf) => {
    if (typeof leaf === 'string') return other(leaf);
    return typeof leaf === 'number' ? Number(other(String(leaf))) : leaf;
  });

/** Every value in a list of its own; null where the answer is no JSON object. */
export function withWrongTypes(answer: TwinAnswer): TwinAnswer | null {
  const json = jsonOf(answer);
  if (!isObject(json) || Object.keys(json).length === 0) return null;
  return { ...answer, body: JSON.stringify(mapLeaves(json, (leaf) => [leaf])) };
}

function mapLeaves(json: Json, change: (leaf: Json) => Json): Json {
  if (Array.isArray(json)) return (json as readonly Json[]).map((item) => mapLeaves(item, change));
  if (!isObject(json)) return change(json);
  return Object.fromEntries(Object.entries(json).map(([key, inner]) => [key, mapLeaves(inner, change)]));
}

const jsonOf = ({ body }: TwinAnswer): Json | undefined =>
  parseJson(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));
