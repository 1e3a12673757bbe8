import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { TwinAnswer } from '../core/twin.js';

/** What the client gets for its request. */
export type ClientResponse =
  | { readonly how: 'whole'; readonly answer: TwinAnswer }
  /** The whole answer, so many real milliseconds later. */
  | { readonly how: 'late'; readonly answer: TwinAnswer; readonly ms: number }
  /** One byte of the body every so many real milliseconds. */
  | { readonly how: 'drip'; readonly answer: TwinAnswer; readonly everyMs: number }
  /** So many bytes of the body, null for half of it, then the end of the connection: fewer than were announced. */
  | { readonly how: 'cut'; readonly answer: TwinAnswer; readonly bytes: number | null }
  | { readonly how: 'reset' }
  /** Nothing; the connection is closed after `ms`, or when the client gives up where that is null. */
  | { readonly how: 'silence'; readonly ms: number | null }
  /** Everybody's connection is cut, and new ones are refused for so many real milliseconds. */
  | { readonly how: 'down'; readonly ms: number };

/** Returns the status the client saw; 0 where it saw none. */
export const statusForClient = (response: ClientResponse): number =>
  'answer' in response ? response.answer.status : 0;

/** Cuts all connections and refuses new ones for so many milliseconds. */
type TakeDown = (ms: number) => void;

/** Writes responses to the sockets of their clients. */
export class Wire {
  /** A function for each response under way, to end it. */
  readonly #open = new Set<() => void>();
  #closed = false;

  constructor(private readonly takeDown: TakeDown) {}

  async send(reply: FastifyReply, response: ClientResponse): Promise<FastifyReply> {
    if (response.how === 'late') await this.#pause(response.ms);
    if (response.how === 'whole' || response.how === 'late') return sendWhole(reply, response.answer);
    reply.hijack();
    if (this.#closed) resetConnection(reply.raw);
    else this.#respondBadly(reply.raw, response);
    return reply;
  }

  /** Cuts off every client that still waits. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.#open]) end();
  }

  #respondBadly(raw: ServerResponse, response: Exclude<ClientResponse, { how: 'whole' | 'late' }>): void {
    switch (response.how) {
      case 'reset':
        return resetConnection(raw);
      case 'down':
        resetConnection(raw);
        return this.takeDown(response.ms);
      case 'silence':
        return this.#silence(raw, response.ms);
      case 'cut':
        return sendPart(raw, response.answer, response.bytes);
      case 'drip':
        return this.#drip(raw, response.answer, response.everyMs);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#open.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      if (this.#closed) end();
      else this.#open.add(end);
    });
  }

  #silence(raw: ServerResponse, ms: number | null): void {
    const timer = ms === null ? null : setTimeout(() => raw.destroy(), ms);
    this.#untilClosed(raw, () => timer && clearTimeout(timer));
  }

  #drip(raw: ServerResponse, answer: TwinAnswer, everyMs: number): void {
    const bytes = bytesOf(answer);
    sendHead(raw, answer, bytes.length);
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      if (sent < bytes.length) raw.write(bytes.subarray(sent - 1, sent));
      else raw.end(bytes.subarray(sent - 1, sent));
      if (sent >= bytes.length) clearInterval(timer);
    }, everyMs);
    this.#untilClosed(raw, () => clearInterval(timer));
  }

  /** Remembers an answer under way, to end it with the sandbox; `stop` is called once when its connection is done. */
  #untilClosed(raw: ServerResponse, stop: () => void): void {
    const end = (): void => resetConnection(raw);
    this.#open.add(end);
    raw.once('close', () => {
      this.#open.delete(end);
      stop();
    });
  }
}

const sendWhole = (reply: FastifyReply, { status, headers, body }: TwinAnswer): FastifyReply =>
  reply
    .code(status)
    .headers({ ...headers })
    .send(typeof body === 'string' ? body : Buffer.from(body));

const bytesOf = ({ body }: TwinAnswer): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);

function resetConnection(raw: ServerResponse): void {
  raw.socket?.resetAndDestroy();
}

function sendHead(raw: ServerResponse, { status, headers }: TwinAnswer, length: number): void {
  raw.writeHead(status, { ...headers, 'content-length': length });
  raw.flushHeaders();
}

/** Announces the whole answer, or a byte where it has none, and ends before it is whole. */
function sendPart(raw: ServerResponse, answer: TwinAnswer, count: number | null): void {
  const bytes = bytesOf(answer);
  const length = Math.max(bytes.length, 1);
  sendHead(raw, answer, length);
  const end = (): void => raw.socket?.destroySoon() ?? undefined;
  const part = bytes.subarray(0, Math.min(count ?? Math.floor(length / 2), length - 1));
  if (part.length === 0) end();
  else raw.write(part, end);
}
