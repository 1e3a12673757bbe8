import type { PartFailure } from '../support/part.js';
import type { Attempt, Case } from './matrix.js';
import { secretText } from './endpoint.js';

/** The secret in every form in which it may travel. */
const forms = [
  secretText,
  encodeURIComponent(secretText),
  JSON.stringify(secretText).slice(1, -1),
  Buffer.from(`ops:${secretText}`).toString('base64'),
];

/** What is wrong with how a case ended; none where it ended as declared. */
export function faultsOf(one: Case, { seen, requests, elsewhere, answered }: Attempt): PartFailure[] {
  const { endpoint, ends } = one;
  const faults: string[] = [];
  if (seen.ends.length !== endpoint.rows) faults.push(`${seen.ends.length} ends for ${endpoint.rows} rows`);
  seen.ends.forEach((end, index) => {
    const wanted = (ends.length === 1 ? ends[0] : ends[index]) ?? '';
    const got = seen.stop === null ? end : `${end} ${seen.stop}`;
    if (wanted.split('|').includes(got)) return;
    // Nothing of a request that never arrived can have been applied.
    if (requests === 0 && end === 'not-sent') return;
    faults.push(`row ${index + 1} is ${got}, declared is ${wanted}`);
  });
  if (endpoint.writes && requests > 1) faults.push(`the request was sent ${requests} times`);
  if (elsewhere > 0) faults.push('a redirect was followed to another host');
  if (forms.some((form) => seen.told.includes(form))) faults.push('a secret is told');
  for (const id of seen.ids)
    if (!isThere(id, answered)) faults.push('the vendor id recorded is not the one answered');
  return faults.map((fault) => ({ what: `${one.id}: ${fault}`, replay: one.id }));
}

/** An id as the vendor wrote it, `call:` and `request:` put aside, stands in the answer, or is the one the row brought. */
function isThere(id: string, answered: string): boolean {
  const text = id.replace(/^(?:call|request):/, '');
  return answered.includes(text) || answered.includes(JSON.stringify(text).slice(1, -1)) || text === '10001';
}
