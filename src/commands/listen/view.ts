import { isoTime } from '../../core/clock.js';
import type { Delivery } from '../../core/delivery.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { Column } from '../../core/report.js';

/** Tells a delivery from all others; the same wherever it is shown. */
const shortDigest = 16;

/** A delivery as a line of `ndjson`: the vendor's record, and what is ours about it. */
export const deliveryRecord = ({ at, digest, record }: Delivery): JsonObject => ({
  type: 'delivery',
  delivery: digest.slice(0, shortDigest),
  at: isoTime(at),
  ...record,
});

/** One in quarantine, with the beginning of what came. */
export const quarantineRecord = ({ at, digest, code, bytes, body }: Delivery): JsonObject => ({
  type: 'quarantined',
  delivery: digest.slice(0, shortDigest),
  at: isoTime(at),
  code,
  bytes,
  body,
});

const field = (name: string) => (record: JsonObject) => record[name];

const messages = ({ chat }: JsonObject): number | undefined =>
  Array.isArray(chat) ? chat.length : undefined;

export const deliveryColumns: readonly Column[] = [
  { title: 'at', value: field('at'), kind: 'time' },
  { title: 'id', value: field('id') },
  { title: 'phone', value: field('phone'), kind: 'phone' },
  { title: 'status', value: field('status') },
  { title: 'messages', value: messages, kind: 'number' },
  { title: 'data', value: ({ data }) => dataText(data) },
  { title: 'comment', value: field('comment') },
];

export const quarantineColumns: readonly Column[] = [
  { title: 'at', value: field('at'), kind: 'time' },
  { title: 'delivery', value: field('delivery') },
  { title: 'code', value: field('code') },
  { title: 'bytes', value: field('bytes'), kind: 'number' },
];

const dataText = (data: Json | undefined): string =>
  Object.entries((data ?? {}) as JsonObject)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
