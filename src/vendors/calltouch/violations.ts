import type { Json, JsonObject } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import type { Outcome, RowOutcome } from '../../core/outcome.js';
import { vendorText } from '../../core/vendor-text.js';

type Row = { readonly row: number };

/**
 * A validation error refuses the whole request: nothing was commented (docs/vendors/calltouch.md#validation-errors).
 * Rows that a `fieldPath` names by their place are rejected, the others go again at once; where no row is named, all
 * are rejected.
 */
export function afterViolations(data: JsonObject, rows: readonly Row[]): RowOutcome[] {
  const violations = violationsOf(data);
  const byPlace = new Map<number, string[]>();
  for (const { place, text } of violations) {
    if (place !== null && place < rows.length) byPlace.set(place, [...(byPlace.get(place) ?? []), text]);
  }
  const general = violations.map(({ text }) => text);
  return rows.map(({ row }, place) => {
    if (byPlace.size === 0) return { row, outcome: rejected(general) };
    const texts = byPlace.get(place);
    return { row, outcome: texts ? rejected(texts) : spared };
  });
}

const spared: Outcome = {
  kind: 'deferred',
  code: 'vendor.batch-refused',
  reason: 'Calltouch refused the request because of another row; nothing of it was written',
  retryAfterMs: 0,
};

function rejected(texts: readonly string[]): Outcome {
  const said = vendorText([...new Set(texts)].join('; '));
  const reason = said === '' ? 'Calltouch refused the row' : `Calltouch refused the row: ${said}`;
  return { kind: 'rejected', code: 'vendor.field-error', reason };
}

interface Violation {
  /** Place in the request from 0; null where the path names none. */
  readonly place: number | null;
  readonly text: string;
}

function violationsOf(data: JsonObject): Violation[] {
  const error = data['validationErrorData'];
  const list = isObject(error) ? error['violations'] : undefined;
  return Array.isArray(list) ? (list as readonly Json[]).filter(isObject).map(readViolation) : [];
}

function readViolation(violation: JsonObject): Violation {
  const path = typeof violation['fieldPath'] === 'string' ? violation['fieldPath'] : '';
  const message = typeof violation['message'] === 'string' ? violation['message'] : '';
  const [, place, field = ''] = /^comments\[(\d{1,6})\]\.?(.*)$/u.exec(path) ?? [];
  const where = place === undefined ? path : field;
  return {
    place: place === undefined ? null : Number(place),
    text: where === '' ? message : `${where}: ${message}`,
  };
}
