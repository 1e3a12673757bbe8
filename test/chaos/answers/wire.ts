import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

/** Writes an answer to a request that was read whole. `yes` is the documented success of that request. */
export type Wire = (socket: Socket, yes: string) => void | Promise<void>;

type Headers = Readonly<Record<string, string>>;

const head = (status: number | string, headers: Headers): string =>
  [
    typeof status === 'number' ? `HTTP/1.1 ${status} X` : status,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');

const json = { 'Content-Type': 'application/json' };

/** Whole and well-formed HTTP around a body. */
export const answer =
  (status: number | string, body: (yes: string) => string | Buffer, headers: Headers = json): Wire =>
  (socket, yes) => {
    const bytes = Buffer.from(body(yes) as string);
    socket.end(
      Buffer.concat([
        Buffer.from(head(status, { ...headers, 'Content-Length': String(bytes.length) })),
        bytes,
      ]),
    );
  };

export const page = '<!DOCTYPE html><html><body><h1>Wartung</h1></body></html>';
export const html = (status: number, headers: Headers = {}): Wire =>
  answer(status, () => page, { 'Content-Type': 'text/html', ...headers });
/** A 200 with this text. */
export const says = (text: string | Buffer): Wire => answer(200, () => text);
/** A 200 with something made of the success. */
export const shaped = (shape: (yes: string) => string | Buffer): Wire => answer(200, shape);

/** Bytes as they are, then the end. */
export const bytes =
  (make: (yes: string) => string | Buffer): Wire =>
  (socket, yes) =>
    void socket.end(Buffer.from(make(yes) as string));

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const chunkedHead = head(200, { ...json, 'Transfer-Encoding': 'chunked' });

export const chunked =
  (pieces: (yes: string) => readonly string[], last = '0\r\n\r\n'): Wire =>
  (socket, yes) =>
    void socket.end(chunkedHead + pieces(yes).map(chunk).join('') + last);

export const encoded = (name: string, pack: (text: Buffer) => Buffer): Wire =>
  answer(200, (yes) => pack(Buffer.from(yes)), { ...json, 'Content-Encoding': name });

export const packers = { gzip: gzipSync, deflate: deflateSync, raw: deflateRawSync, br: brotliCompressSync };

let bombs: { readonly gzip: Buffer; readonly br: Buffer } | null = null;
/** 24 MB of blanks behind a bracket: more than any answer but a list of leads or numbers may hold, and never JSON. */
export const bomb = (name: 'gzip' | 'br'): Wire => {
  const make = (): { readonly gzip: Buffer; readonly br: Buffer } => {
    const text = Buffer.alloc(24_000_000, ' ');
    text[0] = 0x5b;
    return { gzip: gzipSync(text), br: brotliCompressSync(text.subarray(0, 24_000_000)) };
  };
  return answer(200, () => (bombs ??= make())[name], { ...json, 'Content-Encoding': name });
};

/** Promises more than it sends, then closes in good order or resets. `part` of the body is sent. */
export const cut =
  (part: number, how: 'close' | 'reset', headers: Headers = json): Wire =>
  async (socket, yes) => {
    const body = Buffer.from(yes);
    const sent = body.subarray(0, Math.floor(body.length * part));
    socket.write(
      Buffer.concat([
        Buffer.from(head(200, { ...headers, 'Content-Length': String(body.length + 10) })),
        sent,
      ]),
    );
    await delay(2);
    if (how === 'close') socket.end();
    else socket.resetAndDestroy();
  };

export const reset: Wire = (socket) => void socket.resetAndDestroy();
export const hangUp: Wire = (socket) => void socket.end();

/** Sends that and then nothing: the connection stays open. */
export const silence =
  (make: (yes: string) => string): Wire =>
  (socket, yes) =>
    void socket.write(make(yes));

/** A byte now and then, slower than anybody waits. */
export const drip =
  (make: (yes: string) => string): Wire =>
  async (socket, yes) => {
    socket.on('error', () => undefined);
    for (const byte of make(yes)) {
      if (socket.destroyed) return;
      socket.write(byte);
      await delay(40);
    }
  };

/** A stream without end; stops when nobody reads any more. */
export const endless: Wire = async (socket) => {
  socket.on('error', () => undefined);
  socket.write(`${chunkedHead}${chunk('[')}`);
  const block = chunk(' '.repeat(1 << 20));
  for (let count = 0; count < 300 && !socket.destroyed; count += 1) {
    if (!socket.write(block))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), delay(500)]);
  }
};

export const successHead = (yes: string): string =>
  head(200, { ...json, 'Content-Length': String(Buffer.byteLength(yes)) });

/** The documented success up to a byte of head or body, then the end of the connection. */
export const stoppedAfter =
  (at: number, how: 'closed' | 'reset'): Wire =>
  async (socket, yes) => {
    const whole = Buffer.from(successHead(yes) + yes);
    socket.write(whole.subarray(0, Math.min(at, whole.length - 1)));
    await delay(2);
    if (how === 'closed') socket.end();
    else socket.resetAndDestroy();
  };
