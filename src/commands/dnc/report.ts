import { isoTime } from '../../core/clock.js';
import { Exit } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { BlockEntry } from '../../core/ledger.js';
import type { Report } from '../../core/report.js';

/** An entry of the local list as the record every output prints. */
export const entryRecord = ({ phone, reason, addedAt }: BlockEntry): JsonObject => ({
  number: phone,
  reason,
  addedAt: isoTime(addedAt),
});

export const listReport = (records: readonly JsonObject[]): Report => ({
  document: () => ({ schema: 'salesq/dnc-list@1', numbers: records }),
  records: () => records,
  columns: [
    { title: 'number', value: (record) => record['number'], kind: 'phone' },
    { title: 'since', value: (record) => record['addedAt'], kind: 'time' },
    { title: 'reason', value: (record) => record['reason'] },
  ],
  empty: 'The list is empty.',
  exit: Exit.ok,
});

/** What a change did, as one record. */
export const changeReport = (record: JsonObject): Report => ({
  document: () => ({ schema: 'salesq/dnc-change@1', ...record }),
  records: () => [record],
  columns: Object.keys(record).map((title) => ({ title, value: (each) => each[title], kind: 'number' })),
  exit: Exit.ok,
});
