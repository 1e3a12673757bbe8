import type { DeliveryState, StoredDelivery } from '../../core/delivery.js';
import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { Report } from '../../core/report.js';
import type { Vendor } from '../../core/vendor.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { lookAtLedger, openSession } from '../session.js';
import { deliveryColumns, deliveryRecord, quarantineColumns, quarantineRecord } from './view.js';

/** `salesq <vendor> listen list`: the deliveries in the ledger, newest last. */
export const listDefinition = (vendor: Vendor): CommandDefinition => ({
  options: [{ flags: '--quarantined', about: 'those that were refused: forged, unreadable or too large' }],
  run: async (app, { options }) => {
    const session = await openSession(app, await app.ports.place(), vendor);
    const state: DeliveryState = options['quarantined'] === true ? 'quarantined' : 'stored';
    return lookAtLedger(app, session.place, async (ledger) => {
      const account = await ledger?.account(session.account());
      const found = (): AsyncIterable<StoredDelivery> =>
        ledger && account !== undefined ? ledger.deliveries({ account, state }) : nothing();
      await emit(reportOf(vendor, state, found), app.format, app.terminal);
      return Exit.ok;
    });
  },
});

// eslint-disable-next-line @typescript-eslint/require-await -- an empty stream
async function* nothing(): AsyncIterable<never> {
  yield* [];
}

async function* recordsOf(
  found: AsyncIterable<StoredDelivery>,
  record: (delivery: StoredDelivery) => JsonObject,
): AsyncIterable<JsonObject> {
  for await (const delivery of found) yield record(delivery);
}

function reportOf(vendor: Vendor, state: DeliveryState, found: () => AsyncIterable<StoredDelivery>): Report {
  const stored = state === 'stored';
  const records = (): AsyncIterable<JsonObject> =>
    recordsOf(found(), stored ? deliveryRecord : quarantineRecord);
  return {
    document: async () => {
      const deliveries: JsonObject[] = [];
      for await (const record of records()) deliveries.push(record);
      return { schema: 'salesq/deliveries@1', vendor: vendor.id, state, deliveries };
    },
    records,
    columns: stored ? deliveryColumns : quarantineColumns,
    empty: stored ? 'No deliveries yet.' : 'Nothing in quarantine.',
    exit: Exit.ok,
  };
}
