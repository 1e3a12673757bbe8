import { isObject } from '../../../core/json.js';
import type { DoubtfulRow, ReadBack, Sighting } from '../../../core/read-back.js';
import { unclear } from '../../../core/read-back.js';
import { mapOf } from '../answers.js';
import type { EditPayload } from './edit-sender.js';
import { Client } from '../http/client.js';
import { findRowByRow } from '../read.js';
import type { Known } from './difference.js';
import { isSame, knownOf, sentOf } from './difference.js';
import { findById } from './find.js';
import { outgoingOf } from './outgoing.js';

/**
 * After a lost answer to `editlead` (docs/vendors/mmdial.md#editlead): does the lead show what was sent? Plain data
 * that is not there may be sent again. `status` and `rotation` change by dialling itself, so that neither look proves
 * anything of them alone.
 */
export const editReadBack: ReadBack<EditPayload> = {
  about: 'each lead is read by its leadid and compared with what was sent',
  settleMs: 120_000,
  absentMeansReady: true,
  looksAtKept: true,
  find: (context, rows, options) => {
    const client = new Client(context);
    return findRowByRow(context.signal, rows, (row) => look(client, row, options['redial'] === true));
  },
};

async function look(client: Client, row: DoubtfulRow<EditPayload>, redial: boolean): Promise<Sighting> {
  const { leadid } = row.payload;
  const record = await findById(client, leadid);
  if (!record) return unclear(row, 'vendor.not-found', 'mmDial has no lead of this leadid any more');
  const after = knownOf(record);
  const sent = sentOf(await outgoingOf(row.payload));
  const names = [...sent.keys()];
  const hidden = names.filter((name) => !after.has(name));
  if (hidden.length > 0)
    return unclear(row, 'vendor.not-shown', `mmDial does not show what was sent: ${hidden.join(', ')}`);
  const other = names.filter((name) => !isSame(name, after.get(name) ?? '', sent.get(name) ?? ''));
  const evidence = { asked: 'getleadbyid', asSent: names.filter((name) => !other.includes(name)), other };
  if (redial) return judgeRedial(row, leadid, sent, other, evidence);
  if (other.length > 0) return { row: row.row, seen: 'absent', evidence };
  return { row: row.row, seen: 'found', vendorId: leadid, evidence };
}

type Evidence = Extract<Sighting, { seen: 'found' }>['evidence'];

/** Found only where the lead was stored before the edit and showed something else then. */
function judgeRedial(
  row: DoubtfulRow<EditPayload>,
  leadid: string,
  sent: Known,
  other: readonly string[],
  evidence: Evidence,
): Sighting {
  if (other.length > 0) {
    const reason = `mmDial shows other values than were sent (${other.join(', ')}), but dialling may have changed them: not sent again`;
    return unclear(row, 'vendor.not-as-sent', reason);
  }
  const before = keptOf(row);
  const changed = [...sent].some(([name, value]) => before && !isSame(name, before.get(name) ?? '', value));
  if (changed) return { row: row.row, seen: 'found', vendorId: leadid, evidence };
  const reason = 'mmDial shows what was sent, but the lead is not known to have been different before';
  return unclear(row, 'vendor.unknown-before', reason);
}

function keptOf({ kept }: DoubtfulRow<EditPayload>): Known | null {
  if (!isObject(kept) || !isObject(kept['lead'])) return null;
  return knownOf({ lead: kept['lead'], form: mapOf(kept['form']) ?? {} });
}
