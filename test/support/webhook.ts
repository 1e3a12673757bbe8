import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '../../src/core/json.js';
import { digits, tokenEnv } from './leads.js';

export const token = tokenEnv.TEST_TOKEN;

/** An export as the vendor sends it (docs/vendors/sales-q.md#export), of a lead of its own for each number. */
export const exportBody = (number: number, changes: JsonObject = {}): JsonObject => ({
  token,
  lead: {
    Phone: digits(number % 200),
    Vorname: 'Marcel',
    Nachname: `Muster ${number}`,
    Status: 'Done',
    state: 5,
    id: number.toString(16).padStart(24, '5'),
    'Wann kontaktieren': 'morgens',
  },
  chathistory: [
    { timestamp: 1533908873, body: 'Hallo Herr Muster', type: 'chat', direction: 'outgoing' },
    { timestamp: 1533909099, body: 'Hallo zurück', type: 'chat', direction: 'incoming' },
  ],
  ...changes,
});

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** POSTs a body; what is neither text nor bytes goes out as JSON. */
export async function deliver(
  url: string,
  body: JsonObject | string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const answer = await fetch(url, { method: 'POST', body: raw, headers });
  return { status: answer.status, body: await answer.text() };
}

/** Sends text on a bare connection, piece by piece, and gives what came back until the other side hung up, and when. */
export async function drip(
  url: string,
  pieces: readonly string[],
  pauseMs: number,
): Promise<{ readonly answer: string; readonly ms: number }> {
  const { hostname, port } = new URL(url);
  const began = Date.now();
  const socket: Socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  for (const piece of pieces) {
    if (socket.closed || !socket.writable) break;
    socket.write(piece);
    await delay(pauseMs);
  }
  await closed;
  return { answer, ms: Date.now() - began };
}
