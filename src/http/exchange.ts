import { setMaxListeners } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Got, Request } from 'got';
import type { HttpRequest, HttpResult, NetCode } from '../core/http.js';
import { claimMaxAgeMs } from '../core/ledger.js';
import { decodeBody, normalizeEncoding, WireBody, limitOnWire } from './body.js';
import {
  nameConnectFailure,
  type Connection,
  nameExchangeFailure,
  openConnection,
  explainFailure,
} from './connection.js';

const noop = (): void => undefined;
const longestTimer = 2 ** 31 - 1;

/**
 * One request and its result. Every way out goes through `end`, the first one wins, and a failure's
 * kind is read off the connection alone: open means `lost`, anything else means `not-sent`.
 */
export class Exchange {
  private readonly startedAt = performance.now();
  private connection: Connection | null = null;
  private stream: Request | null = null;
  private status: number | null = null;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private resolve: (result: HttpResult) => void = noop;

  constructor(
    private readonly request: HttpRequest,
    private readonly trust: SecureContext | undefined,
  ) {}

  /** Sends the request with the given got. Never rejects. */
  run(got: Got): Promise<HttpResult> {
    return new Promise((resolve) => {
      this.resolve = resolve;
      if (this.request.signal?.aborted) {
        this.fail('net.aborted');
        return;
      }
      this.timer = setTimeout(this.onDeadline, Math.min(this.request.timeoutMs, longestTimer));
      this.listenForAbort();
      try {
        this.start(got);
      } catch {
        this.fail('net.failed');
      }
    });
  }

  private listenForAbort(): void {
    const { signal } = this.request;
    if (!signal) return;
    // One signal stops a whole run: more than ten listeners are no leak here, each is taken off at the end.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', this.onAbort, { once: true });
  }

  private start(got: Got): void {
    const { method, headers, body } = this.request;
    const url = new URL(this.request.url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('protocol');
    const outgoing = body === undefined && method === 'POST' ? '' : body;
    const stream = got.stream(url, {
      method,
      headers: { ...headers },
      ...(outgoing === undefined
        ? {}
        : { body: typeof outgoing === 'string' ? outgoing : asBuffer(outgoing) }),
      // Node takes the socket later through `oncreate`; got's type knows only the other way of giving it.
      createConnection: (_options, oncreate) => this.connect(url, oncreate as Handover) as unknown as Socket,
    });
    this.stream = stream;
    stream.on('error', (error) => this.onStreamError(error));
    // An error emitted a second time, after got stopped listening, would end the process.
    stream.on('request', (sent: ClientRequest) => sent.on('error', noop));
    stream.on('response', (response: IncomingMessage) => this.onResponse(stream, response));
    stream.on('upgrade', () => this.fail('net.failed'));
  }

  private connect(url: URL, handOver: Handover): undefined {
    if (this.ended || this.connection) return;
    this.connection = openConnection(url, this.trust, {
      mayOpen: () => {
        if (!this.isLate()) return true;
        this.fail('net.timeout-connect');
        return false;
      },
      opened: (socket) => handOver(null, socket),
      failed: (error) => this.fail(nameConnectFailure(error, this.connection?.phase ?? 'connecting')),
    });
  }

  private onResponse(stream: Request, response: IncomingMessage): void {
    const { maxBytes } = this.request;
    response.on('error', noop);
    this.status = response.statusCode ?? null;
    const encoding = normalizeEncoding(response.headers['content-encoding']);
    const limit = limitOnWire(encoding, maxBytes);
    if (Number(response.headers['content-length']) > limit) {
      this.fail('net.too-large');
      return;
    }
    const wire = new WireBody(limit);
    stream.on('data', (chunk: Uint8Array) => {
      if (!wire.add(chunk)) this.fail('net.too-large');
    });
    stream.once('end', () => {
      if (!response.complete) this.fail('net.truncated');
      else void this.finish(response, wire.bytes(), encoding);
    });
  }

  private async finish(response: IncomingMessage, wire: Uint8Array, encoding: string): Promise<void> {
    if (this.ended) return;
    this.stopWaiting();
    this.release();
    const decoded = await decodeBody(wire, encoding, this.request.maxBytes);
    if (!decoded.ok) {
      this.fail(decoded.code);
      return;
    }
    const headers = joinHeaders(response.rawHeaders);
    this.end({ kind: 'answer', status: response.statusCode ?? 0, headers, body: decoded.body });
  }

  private onStreamError(error: unknown): void {
    const errno = this.connection?.socketErrno ?? '';
    this.fail(this.isOpen() ? nameExchangeFailure(error, errno, this.status) : 'net.failed');
  }

  private readonly onAbort = (): void => this.fail('net.aborted');

  /** A program that was busy gives an answer already in the kernel one turn to be read; a connection gets none. */
  private readonly onDeadline = (): void => {
    const expire = (): void => this.fail(this.isOpen() ? 'net.timeout-after-send' : 'net.timeout-connect');
    if (this.isOpen()) setImmediate(expire);
    else expire();
  };

  /** Whether the connection came too late to be used: a claim may not be sent once it is too old. */
  private isLate(): boolean {
    return performance.now() - this.startedAt >= Math.min(this.request.timeoutMs, claimMaxAgeMs);
  }

  private isOpen(): boolean {
    return this.connection?.phase === 'open';
  }

  private fail(code: NetCode): void {
    const kind = this.isOpen() ? 'lost' : 'not-sent';
    const reason = explainFailure(kind, code);
    this.end(kind === 'lost' ? { kind, code, reason, status: this.status } : { kind, code, reason });
  }

  private end(result: HttpResult): void {
    if (this.ended) return;
    this.ended = true;
    this.stopWaiting();
    this.release();
    this.resolve(result);
  }

  private stopWaiting(): void {
    clearTimeout(this.timer);
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }

  /** Closes the socket; the phase it reached stays known. */
  private release(): void {
    this.connection?.destroy();
    this.stream?.destroy();
  }
}

type Handover = (error: Error | null, socket: Socket) => void;

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Names in lower case, repeated ones joined by `, `.
 *
 * @param raw name, value, name, value… as they came off the wire
 */
function joinHeaders(raw: readonly string[]): Readonly<Record<string, string>> {
  const joined = new Map<string, string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    const before = joined.get(name);
    joined.set(name, before === undefined ? raw[at + 1]! : `${before}, ${raw[at + 1]!}`);
  }
  return Object.fromEntries(joined);
}
