import { createHash } from 'node:crypto';
import type { TwinAnswer, TwinRequest } from '../../../core/twin.js';

/** A file, or the part of it that `Range` asks for (RFC 9110, 14), so that a broken download can go on. */
export function serve(request: TwinRequest, body: Uint8Array, type: string): TwinAnswer {
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`;
  const headers = { 'content-type': type, 'accept-ranges': 'bytes', etag };
  const condition = request.headers['if-range'];
  const wanted = condition === undefined || condition === etag ? request.headers['range'] : undefined;
  const range = wanted === undefined ? null : rangeOf(wanted, body.length);
  if (range === null) return { status: 200, headers, body };
  if (range === 'beyond')
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${body.length}` }, body: '' };
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${range.from}-${range.to}/${body.length}` },
    body: body.subarray(range.from, range.to + 1),
  };
}

/** Both ends included; null where the header is to be ignored: several ranges, or no range at all. */
function rangeOf(header: string, size: number): { from: number; to: number } | 'beyond' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === '' && last === '') return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  return from > to ? 'beyond' : { from, to };
}
