import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { TwinAnswer } from '../../core/twin.js';
import type { Told } from './fault-told.js';

/** Shuts the door for so many milliseconds. */
export type Shut = (ms: number) => void;

/** Gives clients what they are to get, on their own sockets. */
export class Wire {
  /** What ends each thing that is still going on. */
  readonly #open = new Set<() => void>();
  #closed = false;

  constructor(private readonly shut: Shut) {}

  async send(reply: FastifyReply, told: Told): Promise<FastifyReply> {
    if (told.how === 'late') await this.#pause(told.ms);
    if (told.how === 'whole' || told.how === 'late') return sendWhole(reply, told.answer);
    reply.hijack();
    if (this.#closed) reset(reply.raw);
    else this.#spoil(reply.raw, told);
    return reply;
  }

  /** Cuts off whoever still waits. */
  close(): void {
    this.#closed = true;
    for (const end of [...this.#open]) end();
  }

  #spoil(raw: ServerResponse, told: Exclude<Told, { how: 'whole' | 'late' }>): void {
    switch (told.how) {
      case 'reset':
        return reset(raw);
      case 'down':
        reset(raw);
        return this.shut(told.ms);
      case 'silence':
        return this.#silence(raw, told.ms);
      case 'cut':
        return cut(raw, told.answer, told.bytes);
      case 'drip':
        return this.#drip(raw, told.answer, told.everyMs);
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
    begin(raw, answer, bytes.length);
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
    const end = (): void => reset(raw);
    this.#open.add(end);
    raw.once('close', () => {
      this.#open.delete(end);
      stop();
    });
  }
}

export const sendWhole = (reply: FastifyReply, { status, headers, body }: TwinAnswer): FastifyReply =>
  reply
    .code(status)
    .headers({ ...headers })
    .send(typeof body === 'string' ? body : Buffer.from(body));

const bytesOf = ({ body }: TwinAnswer): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);

function reset(raw: ServerResponse): void {
  raw.socket?.resetAndDestroy();
}

function begin(raw: ServerResponse, { status, headers }: TwinAnswer, length: number): void {
  raw.writeHead(status, { ...headers, 'content-length': length });
  raw.flushHeaders();
}

/** Announces the whole answer, or a byte where it has none, and ends before it is whole. */
function cut(raw: ServerResponse, answer: TwinAnswer, count: number | null): void {
  const bytes = bytesOf(answer);
  const length = Math.max(bytes.length, 1);
  begin(raw, answer, length);
  const end = (): void => raw.socket?.destroySoon() ?? undefined;
  const part = bytes.subarray(0, Math.min(count ?? Math.floor(length / 2), length - 1));
  if (part.length === 0) end();
  else raw.write(part, end);
}
