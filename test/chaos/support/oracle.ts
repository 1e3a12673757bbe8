import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { JsonObject } from '../../../src/core/json.js';
import type { Twin, TwinFactory } from '../../../src/core/twin.js';
import { reportContacts } from '../../../src/rehearsal/twins.js';
import { vendors } from '../../../src/vendors/index.js';

/** A request that arrived whole, and what the vendor made of it. */
export interface Asked {
  readonly vendor: string;
  /** `POST /import`: method and path without the query. */
  readonly what: string;
  /** Query and body, percent-decoded, to look for marks in. */
  readonly text: string;
  readonly status: number;
}

/** Requests that reach a person, or may not come twice for another reason; the rest may be repeated. */
const once = [/^POST \/import$/, /^POST \/lead\/add$/, /comment\/lead\/add$/, /addlead$/, /^POST \/remove$/];

export const isOnce = ({ what, status }: Asked): boolean =>
  status !== 401 && once.some((pattern) => pattern.test(what));

const factories: TwinFactory[] = [];

async function loadTwins(): Promise<readonly TwinFactory[]> {
  if (factories.length === 0)
    for (const entry of vendors) factories.push(await (await entry.load()).default.twin());
  return factories;
}

/**
 * The vendors outside the process that is killed: the program's own twins behind a bare server that keeps every request
 * that arrived whole. Who was asked for is told by what arrived, not by what a twin made of it.
 */
export class Oracle {
  asked: Asked[] = [];
  /** Called before each answer: holds it back, or destroys the socket (false: no answer). */
  before: ((asked: Asked, socket: Socket) => Promise<boolean> | boolean) | null = null;
  #twins = new Map<string, Twin>();
  #ahead = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #seed: number;

  private constructor(seed: number) {
    this.#seed = seed;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(seed = 1): Promise<Oracle> {
    await loadTwins();
    const oracle = new Oracle(seed);
    await new Promise<void>((resolve) => oracle.#server.listen(0, '127.0.0.1', resolve));
    oracle.reset();
    return oracle;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Vendors as they were saved, or on their first day; nobody asked for yet. */
  reset(states: JsonObject = {}): void {
    this.asked = [];
    this.before = null;
    this.#ahead = 0;
    this.#twins = new Map(factories.map((factory) => [factory.id, factory.create({ seed: this.#seed })]));
    for (const [id, state] of Object.entries(states)) this.#twins.get(id)?.load(state);
  }

  save(): JsonObject {
    return Object.fromEntries([...this.#twins].map(([id, twin]) => [id, twin.save()]));
  }

  /** Lets so much time pass for the vendors. */
  advance(ms: number): void {
    this.#ahead += ms;
  }

  /** Who the vendors turned to more than once, by their own account. */
  twice(): number {
    const now = this.#now();
    const contacts = [...this.#twins.values()].flatMap((twin) => {
      twin.advance(now);
      return twin.contacts().map((contact) => ({ ...contact, vendor: twin.id }));
    });
    return reportContacts(contacts).twice.length;
  }

  /** How often each mark was asked for in requests that may come only once. */
  marks(pattern: RegExp): Map<string, number> {
    const counts = new Map<string, number>();
    for (const asked of this.asked.filter(isOnce))
      for (const mark of new Set(asked.text.match(pattern) ?? []))
        counts.set(mark, (counts.get(mark) ?? 0) + 1);
    return counts;
  }

  /**
   * Resolves when everything a process sent before it died has been read: connections are taken in the order they came,
   * so once a later one is served and the others are closed, nothing is left in the kernel.
   */
  async quiet(): Promise<void> {
    const probe = connect(this.port, '127.0.0.1');
    await new Promise((resolve) => probe.once('connect', resolve));
    const ours = `:${(probe.address() as AddressInfo).port}`;
    probe.write('GET /quiet HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => probe.once('data', resolve));
    for (;;) {
      const others = [...this.#sockets].filter((socket) => `:${socket.remotePort ?? 0}` !== ours);
      if (others.length === 0) break;
      await Promise.all(others.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    }
    probe.destroy();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #now = (): number => Date.now() + this.#ahead;

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The sender died before its request was whole: no vendor can act on it.
      return;
    }
    const body = Buffer.concat(chunks);
    const [, id = '', rest = ''] = /^\/([^/?]+)(.*)$/s.exec(request.url ?? '/') ?? [];
    const twin = this.#twins.get(id);
    if (!twin) return void response.end('quiet');
    const [path = '', query = ''] = rest.split(/\?(.*)/s);
    twin.advance(this.#now());
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const { method = 'GET' } = request;
    const answer = twin.handle({ method, path, query: new URLSearchParams(query), headers, body });
    const asked = {
      vendor: id,
      what: `${method} ${path}`,
      text: plain(`${query}\n${body.toString('utf8')}`),
      status: answer.status,
    };
    this.asked.push(asked);
    if (this.before !== null && !(await this.before(asked, request.socket)))
      return void request.socket.destroy();
    response.writeHead(answer.status, { ...answer.headers });
    response.end(answer.body);
  }
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
