import type { Json, JsonObject } from '../../core/json.js';
import { canonicalJson, isObject } from '../../core/json.js';
import type { Problem } from '../../core/row.js';

/** The text of `data`, null where there is none to send. */
export interface DataText {
  readonly text: string | null;
  readonly problems: readonly Problem[];
}

/**
 * `data` is a string that holds JSON (docs/vendors/comunik8.md#data): the row's own `data` and its free columns as one
 * object, written once; the request's serialiser adds the one level of escaping. An empty object is refused by the
 * vendor, so it is left out.
 */
export function dataText(own: Json | undefined, free: JsonObject): DataText {
  const problems: Problem[] = [];
  if (own !== undefined && !isObject(own)) {
    problems.push({ code: 'field.bad-data', message: '"data" is not a JSON object', column: 'data' });
  }
  const data = Object.assign(Object.create(null), isObject(own) ? own : {}) as Record<string, Json>;
  for (const [name, value] of Object.entries(free)) {
    const there = Object.hasOwn(data, name) ? data[name] : undefined;
    if (there !== undefined && canonicalJson(there) !== canonicalJson(value)) problems.push(collision(name));
    data[name] = value;
  }
  return { text: Object.keys(data).length === 0 ? null : JSON.stringify(data), problems };
}

const collision = (name: string): Problem => ({
  code: 'field.collision',
  message: `Column "${name}" and the "data" of the row both give "${name}", with different values`,
  column: name,
});
