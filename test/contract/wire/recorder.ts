import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came in, body bytes and all. */
export interface Recorded {
  readonly method: string;
  /** Path and query as they stood in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a stand-in answers. `null` takes the request and cuts the connection without an answer. */
export type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
} | null;

export type Answerer = (request: Recorded, own: string) => Reply;

/** A request that waits for its answer. */
export interface Hold {
  /** Resolves when it has come. */
  readonly reached: Promise<void>;
  release(): void;
}

/** A real server on loopback that keeps every request in the order it came, and answers as it is told. */
export class WireRecorder {
  readonly requests: Recorded[] = [];
  readonly #server: Server;
  #hold: { matches(request: Recorded): boolean; reach(): void; readonly released: Promise<void> } | null =
    null;

  private constructor(private readonly answer: Answerer) {
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(answer: Answerer): Promise<WireRecorder> {
    const recorder = new WireRecorder(answer);
    await new Promise<void>((resolve) => recorder.#server.listen(0, '127.0.0.1', resolve));
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The requests since the last call of this. */
  take(): Recorded[] {
    return this.requests.splice(0);
  }

  /** The first such request from now on is answered when it is released; it counts as come in before. */
  hold(matches: (request: Recorded) => boolean): Hold {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const reached = new Promise<void>((reach) => (this.#hold = { matches, reach, released }));
    return { reached, release };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: target = '', headers } = request;
    const recorded = { method, target, headers, body: Buffer.concat(chunks) };
    this.requests.push(recorded);
    const hold = this.#hold;
    if (hold?.matches(recorded)) {
      this.#hold = null;
      hold.reach();
      await hold.released;
    }
    const reply = this.answer(recorded, this.url);
    if (reply === null) return void request.socket.destroy();
    const isText = typeof reply.body === 'string' || Buffer.isBuffer(reply.body);
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(isText ? reply.body : JSON.stringify(reply.body));
  }
}

/** Headers that belong to the connection, not to what is said. */
const ofTheConnection = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/** A request as text: line, headers by name, body. Nothing of the body is lost by how it is shown. */
export function requestText({ method, target, headers, body }: Recorded): string {
  const shown = Object.entries(headers)
    .filter(([name]) => !ofTheConnection.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}: ${headerText(name, String(value))}`);
  return [`${method} ${target}`, ...shown, ...bodyLines(body, headers['content-type'] ?? '')].join('\n');
}

/** Only what a server can tell apart from run to run is left out: versions, compressions, nonces and what is made of them. */
function headerText(name: string, value: string): string {
  if (name === 'user-agent') return value.replace(/\d+(?:\.\d+)+\S*/g, '<version>');
  if (name === 'accept-encoding') return value.startsWith('gzip') ? 'gzip and what else Node knows' : value;
  if (name !== 'authorization') return value;
  return value.replace(/\b(nonce|cnonce|response)="[^"]*"/g, '$1="<$1>"');
}

/**
 * The body, one part a line: form pairs are parted at `&`, JSON is indented if its compact form is byte for byte what
 * was sent. Anything else stands as it came; bytes that are no UTF-8 stand in hex.
 */
function bodyLines(body: Buffer, type: string): string[] {
  if (body.length === 0) return [];
  const text = body.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(body)) return ['', `hex: ${body.toString('hex')}`];
  if (type.startsWith('application/x-www-form-urlencoded'))
    return ['', 'form, parted at each &:', ...text.split('&').map((pair) => `  ${pair}`)];
  const indented = indentedJson(text);
  return indented === null ? ['', 'as it came:', text] : ['', 'compact JSON, indented here:', indented];
}

function indentedJson(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}
