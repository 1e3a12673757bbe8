import type { Json, JsonObject } from '../../../core/json.js';
import type { Outcome } from '../../../core/outcome.js';
import { vendorText } from '../../../core/triage.js';
import { mapOf, withWords } from '../answers.js';

const counted = ['success', 'error', 'sqlerror', 'formaterror', 'doubleterror', 'invaliderror'] as const;

type Counts = Record<(typeof counted)[number], number>;

/** Counts may come as text; an absent one is 0. Null where one is no count. */
function countsOf(stats: JsonObject): Counts | null {
  const counts = {} as Counts;
  for (const key of counted) {
    const value = stats[key] ?? 0;
    const number = typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 0) return null;
    counts[key] = number;
  }
  return counts;
}

const unknown = (reason: string): Outcome => ({ kind: 'in-doubt', code: 'vendor.unknown-answer', reason });

/** Names under `formaterror_types`: the keys of a map, or the items of a list. */
function typesOf(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return '';
  const names = Array.isArray(value) ? (value as readonly Json[]) : Object.keys(value);
  return names.map(vendorText).filter(Boolean).slice(0, 20).join(', ');
}

/**
 * Pure: what `lead_stats` says of the one lead of a request (docs/vendors/mmdial.md#addlead; that the values are counts
 * is an inference). Exactly one count must be 1: anything else is in doubt.
 */
export function readStats(body: JsonObject): Outcome {
  const stats = mapOf(body['lead_stats']);
  if (!stats || Object.keys(stats).length === 0)
    return unknown(withWords('mmDial did not say what became of the lead', body));
  const counts = countsOf(stats);
  if (!counts) return unknown('mmDial counted in a way that cannot be read');
  const sum = counted.reduce((total, key) => total + counts[key], 0);
  if (sum === 0) return unknown('mmDial counted nothing: neither success nor a reason');
  if (sum > 1) {
    const said = counted.filter((key) => counts[key] > 0).join(', ');
    const reason = `mmDial counted more than one lead was sent: ${said}`;
    return { kind: 'in-doubt', code: 'vendor.contradictory-answer', reason };
  }
  return verdict(counts, typesOf(stats['formaterror_types']));
}

function verdict(counts: Counts, types: string): Outcome {
  if (counts.success === 1) return { kind: 'delivered', vendorId: null };
  if (counts.doubleterror === 1) {
    const reason = 'mmDial has a lead with this number: not added again';
    return { kind: 'already', code: 'vendor.doublet', reason, vendorId: null };
  }
  if (counts.invaliderror === 1)
    return { kind: 'rejected', code: 'vendor.invalid-number', reason: 'mmDial finds the number invalid' };
  if (counts.formaterror === 1) {
    const reason = `mmDial refused the format${types === '' ? '' : ` of: ${types}`}`;
    return { kind: 'rejected', code: 'vendor.format-error', reason };
  }
  const what = counts.sqlerror === 1 ? 'its database failed' : 'an error it does not name';
  return { kind: 'in-doubt', code: 'vendor.server-error', reason: `mmDial reports ${what}` };
}
