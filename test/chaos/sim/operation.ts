import type { PushOperation } from '../../../src/core/vendor.js';
import { lookFor, type Vendor } from './vendor.js';
import type { Process } from './world.js';
import { phone } from '../../../src/core/value.js';

/**
 * How an operation behaves when an answer is lost: `never` cannot be read back; `read-back` can, and absence proves
 * nothing; `dedupes` refuses what it has, so that absence may be acted upon.
 */
export type OperationKind = 'never' | 'read-back' | 'dedupes';

export const operationKinds: readonly [OperationKind, ...OperationKind[]] = ['never', 'read-back', 'dedupes'];

const settleMs = 20_000;

/** An operation of the simulated vendor, as a vendor's folder would declare it. */
export const operationOf = (
  id: string,
  kind: OperationKind,
  vendor: Vendor,
  process: Process,
): PushOperation => ({
  id,
  summary: 'reaches a person',
  reaches: () => 'by-number',
  channel: 'call',
  scope: () => 'people',
  key: { field: 'Phone' },
  fields: [
    { name: 'Phone', type: phone, required: true, dials: true, about: 'the number' },
    {
      name: 'Second',
      type: phone,
      dials: true,
      about: 'dialled where the first is not answered',
    },
  ],
  limits: { items: 10, bytes: 100_000 },
  pace: { perSecond: 100, concurrency: 1, timeoutMs: 8_000 },
  afterLoss: () => (kind === 'never' ? 'never' : 'read-back'),
  ...(kind === 'never'
    ? {}
    : {
        readBack: {
          about: 'the list of the vendor',
          settleMs,
          absentMeansReady: kind === 'dedupes',
          find: (_context, rows) => lookFor(vendor, process, rows),
        },
      }),
  options: {},
  compile: ({ fields }) => ({
    payload: { Phone: fields['Phone'] ?? null, Second: fields['Second'] ?? null },
    problems: [],
  }),
  size: () => 20,
  open: () => Promise.reject(new Error('opened elsewhere')),
});
