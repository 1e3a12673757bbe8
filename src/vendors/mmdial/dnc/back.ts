import type { DoubtfulRow, ReadBack, Sighting } from '../../../core/read-back.js';
import { unclear } from '../../../core/read-back.js';
import { Client } from '../http/client.js';
import { notationName } from '../notation.js';
import { findRowByRow } from '../read.js';
import { targetOf, type NumberPayload } from './change.js';
import { checkExact, listedAmong } from './check.js';

/**
 * After a lost answer to `dncadd` (docs/vendors/mmdial.md#dncadd): `dnccheck` of the number as sent. To block twice
 * harms nobody.
 */
export const addReadBack: ReadBack<NumberPayload> = {
  about: 'dnccheck is asked for the number as it was sent',
  settleMs: 30_000,
  absentMeansReady: true,
  find: (context, rows) => {
    const client = new Client(context);
    return findRowByRow(context.signal, rows, (row) => lookAdded(client, row));
  },
};

/**
 * After a lost answer to `dncdel` (docs/vendors/mmdial.md#dncdel): `dnccheck` of every usual notation. A number that is
 * still listed is not taken off again by itself: somebody may have asked anew.
 */
export const removeReadBack: ReadBack<NumberPayload> = {
  about: 'dnccheck is asked for every usual notation of the number',
  settleMs: 30_000,
  absentMeansReady: false,
  find: (context, rows) => {
    const client = new Client(context);
    return findRowByRow(context.signal, rows, (row) => lookRemoved(client, row));
  },
};

async function lookAdded(client: Client, row: DoubtfulRow<NumberPayload>): Promise<Sighting> {
  const { number } = targetOf(client, row);
  const evidence = { asked: 'dnccheck', notation: notationName(number) };
  if (await checkExact(client, number))
    return { row: row.row, seen: 'found', vendorId: null, evidence: { ...evidence, answered: 'exists' } };
  return { row: row.row, seen: 'absent', evidence: { ...evidence, answered: 'notfound' } };
}

async function lookRemoved(client: Client, row: DoubtfulRow<NumberPayload>): Promise<Sighting> {
  const { number, notations } = targetOf(client, row);
  const listed = await listedAmong(client, notations);
  const evidence = { asked: 'dnccheck', listedAs: listed.map(notationName) };
  if (listed.length === 0) return { row: row.row, seen: 'found', vendorId: null, evidence };
  if (listed.includes(number)) return { row: row.row, seen: 'absent', evidence };
  const names = listed.map(notationName).join(', ');
  const reason = `still blocked: mmDial lists the number as ${names}, another notation than was sent`;
  return unclear(row, 'vendor.still-listed', reason);
}
