import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isoTime } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import { isObject, type Json, type JsonObject, parseJson } from '../core/json.js';
import { isLoopback } from '../core/http.js';
import type { Twin, TwinAnswer, TwinRequest } from '../core/twin.js';
import type { Faults } from './faults.js';
import type { Posted } from './post.js';
import type { VirtualClock, TwinSet } from './twins.js';
import { statusForClient, type ClientResponse, type Wire } from './wire.js';

/** The parts of the sandbox its routes use. */
interface RouteParts {
  readonly twins: TwinSet;
  readonly clock: VirtualClock;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly wire: Wire;
  readonly ids: readonly string[];
  /** Where the sandbox listens, without a slash at the end; known once it does. */
  readonly url: () => string;
  /** Virtual seconds in a real one. */
  readonly speed: number;
  readonly log: (entry: LoggedRequest) => void;
  /** Resolves when what happened so far is on disk; at once where nothing is kept. */
  readonly save: () => Promise<void>;
  readonly saveSoon: () => void;
  /** Deliveries to webhooks that are finished, with their result. */
  readonly posted: () => readonly Posted[];
  /** Posts the deliveries that are due after time was advanced. */
  readonly postDue: () => void;
}

/** Ten years: further on, dates leave the range the vendors' formats know. */
const farthestMs = 10 * 365 * 86_400_000;

const fail = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply.code(status).send({ error: message });

/** Adds the twins and the sandbox's own pages to the server. */
export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  // Bodies reach a twin as they came: what is malformed is the twin's business.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  // A web page must not reach the sandbox by a name that resolves to this machine.
  app.addHook('onRequest', async (request, reply) => {
    if (request.hostname && !isLoopback(request.hostname)) await fail(reply, 403, 'not for this host name');
  });
  app.setErrorHandler((error: FastifyError, _request, reply) =>
    fail(reply, error.statusCode ?? 500, error.statusCode ? error.message : 'the sandbox failed'),
  );
  for (const id of parts.ids) {
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      serveTwin(parts, id, request, reply);
    app.all(`/${id}`, handler);
    app.all(`/${id}/*`, handler);
  }
  addPages(app, parts);
  addFaultPage(app, parts.faults);
}

function addPages(app: FastifyInstance, parts: RouteParts): void {
  app.get('/', (request, reply) =>
    /json/.test(request.headers.accept ?? '')
      ? reply.send(makeOverview(parts))
      : reply.type('text/plain; charset=utf-8').send(formatOverview(parts)),
  );
  app.get('/_sandbox/contacts', () => parts.twins.contacts());
  app.get('/_sandbox/requests', () => ({
    schema: 'salesq/sandbox-requests@1',
    requests: parts.requests.entries(),
  }));
  app.get('/_sandbox/deliveries', () => ({
    schema: 'salesq/sandbox-deliveries@1',
    deliveries: parts.posted(),
  }));
  app.post('/_sandbox/clock', async (request, reply) => {
    const ms = readBody(request)['advanceMs'];
    if (typeof ms !== 'number' || ms < 0 || ms > farthestMs) {
      return fail(reply, 400, 'advanceMs must be a number of milliseconds from 0 to ten years');
    }
    parts.clock.advance(ms);
    await parts.save();
    parts.postDue();
    return { now: isoTime(parts.clock.now()) };
  });
  app.post('/_sandbox/reset', async () => {
    parts.twins.reset();
    parts.requests.clear();
    parts.faults.restart();
    await parts.save();
    return { now: isoTime(parts.clock.now()) };
  });
}

async function serveTwin(
  parts: RouteParts,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const twin = parts.twins.find(id);
  if (!twin) return fail(reply, 404, 'no such vendor');
  const target = (request.raw.url ?? '/').slice(id.length + 1);
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const headers = flattenHeaders(request);
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const { method } = request;
  const twinRequest = { method, path: path || '/', query: new URLSearchParams(query), headers, body };
  const url = `http://${request.host}${request.raw.url ?? '/'}`;
  const answered = answerRequest(twin, twinRequest, url, parts.faults);
  parts.log(
    parts.requests.add({
      at: isoTime(parts.clock.now()),
      vendor: id,
      method,
      path: redactText(target || '/', twin.secretFields),
      headers: redactHeaders(headers, twin.secretFields),
      body: redactText(body.toString('utf8'), twin.secretFields),
      status: statusForClient(answered.response),
      fault: answered.fault,
    }),
  );
  // What was done is on disk before anybody can see the answer, or the lack of one.
  if (answered.changed) await parts.save();
  else parts.saveSoon();
  return parts.wire.send(reply, answered.response);
}

function flattenHeaders(request: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** The answer to a request. */
interface Answered {
  readonly response: ClientResponse;
  /** The fault that was injected, as the user wrote it; null for none. */
  readonly fault: string | null;
  /** True where the twin changed its state. */
  readonly changed: boolean;
}

const noAnswer: TwinAnswer = { status: 200, body: '' };

/** Lets the twin answer a request, or applies the first fault that matches it. `url` is the full address, with query. */
function answerRequest(twin: Twin, request: TwinRequest, url: string, faults: Faults): Answered {
  const hit = faults.findFault(twin.id, request.path);
  const answer = hit && !hit.applied ? noAnswer : twin.handle(request);
  const { changed = false } = answer;
  const response = hit?.respond({ url, endpoint: hit.endpoint, answer }) ?? null;
  if (!hit || !response) return { response: { how: 'whole', answer }, fault: null, changed };
  hit.count();
  return { response, fault: hit.injected.fault, changed };
}

/** `GET /_sandbox/faults`, and `POST` of `{"faults": ["…"]}`, which replaces the faults; `[]` ends them. */
function addFaultPage(app: FastifyInstance, faults: Faults): void {
  app.get('/_sandbox/faults', () => faults.report());
  app.post('/_sandbox/faults', async (request, reply) => {
    const texts = readBody(request)['faults'];
    if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string'))
      return fail(reply, 400, 'faults must be a list of texts');
    try {
      faults.set(texts);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { code, message, hint } = error;
      return reply.code(400).send({ error: message, code, hint });
    }
    return faults.report();
  });
}

/** The JSON object of a request to a page; empty where it is none. */
function readBody({ body }: FastifyRequest): JsonObject {
  const json = parseJson(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  return isObject(json) ? json : {};
}

/** The front page as data. */
function makeOverview({ url, clock, speed, twins, faults }: RouteParts): Json {
  const { persons, twice } = twins.contacts();
  return {
    schema: 'salesq/sandbox@1',
    url: url(),
    now: isoTime(clock.now()),
    speed,
    contacted: persons.length,
    twice: twice.length,
    faultsInjected: faults.injected,
    vendors: twins.all().map((twin) => {
      const { title, rows } = twin.overview();
      const counts = Object.fromEntries(rows);
      return {
        id: twin.id,
        title,
        url: `${url()}/${twin.id}`,
        credentials: twin.credentials,
        counts,
        help: twin.help,
      };
    }),
  };
}

/** The front page for people: no phones, they are under `/_sandbox/contacts`. */
function formatOverview({ clock, speed, twins, faults, ...parts }: RouteParts): string {
  const url = parts.url();
  const { persons, twice } = twins.contacts();
  const lines = [
    'salesq sandbox: invented people, real answers. Nothing leaves this machine.',
    `Time in here: ${isoTime(clock.now())} (${speed} times as fast as outside)`,
    `Contacted: ${persons.length} persons, ${twice.length} of them more than once`,
    `Faults injected: ${faults.injected}`,
    '',
    ...twins.all().flatMap((twin) => formatVendor(twin, url)),
    `Who was contacted      GET  ${url}/_sandbox/contacts`,
    `What was asked         GET  ${url}/_sandbox/requests`,
    `What goes wrong        GET  ${url}/_sandbox/faults`,
    `Let it go wrong        POST ${url}/_sandbox/faults {"faults": ["sales-q/import:reset-after@3"]}`,
    `Let a day pass         POST ${url}/_sandbox/clock {"advanceMs": 86400000}`,
    `Start all over         POST ${url}/_sandbox/reset`,
  ];
  return `${lines.join('\n')}\n`;
}

function formatVendor(twin: Twin, url: string): string[] {
  const { title, rows } = twin.overview();
  const width = Math.max(...rows.map(([label]) => label.length), 0);
  return [
    `${title}   ${url}/${twin.id}`,
    ...Object.entries(twin.credentials).map(([name, value]) => `  ${name}: ${value}`),
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    '  How to see each case:',
    ...twin.help.map((line) => `  - ${line}`),
    '',
  ];
}

/** A request as it is remembered: secrets redacted, everything else unchanged. */
export interface LoggedRequest extends JsonObject {
  readonly number: number;
  /** Virtual time, RFC 3339. */
  readonly at: string;
  readonly vendor: string;
  readonly method: string;
  /** Below the vendor's folder, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; what is not UTF-8 shows as U+FFFD. */
  readonly body: string;
  /** As the client saw it; 0 where it saw none. */
  readonly status: number;
  /** The fault that was injected, as the user wrote it; null for none. */
  readonly fault: string | null;
}

const blot = '[redacted]';

/** Names that hold secrets with any vendor, in lower case. */
const usualSecrets: readonly string[] = [
  'token',
  'key',
  'password',
  'authorization',
  'cookie',
  'proxy-authorization',
];

/** Redacts the values of secret names in text that is JSON, a form or a query. */
function redactText(text: string, names: readonly string[]): string {
  const any = [...usualSecrets, ...names].map((name) => name.replace(/[^\w-]/g, '\\$&')).join('|');
  return text
    .replace(
      new RegExp(`("(?:${any})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^\\s",}\\]]+)`, 'gi'),
      `$1"${blot}"`,
    )
    .replace(new RegExp(`((?:^|[?&])(?:${any})=)[^&\\s]*`, 'gi'), `$1${blot}`);
}

function redactHeaders(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  const secret = new Set([...usualSecrets, ...names]);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secret.has(name) ? blot : value]),
  );
}

const mostRequests = 1000;
const mostCharacters = 32 * 1024 * 1024;

/** The last requests, as many as fit. */
export class RequestLog {
  #entries: LoggedRequest[] = [];
  #characters = 0;
  #count = 0;

  add(entry: Omit<LoggedRequest, 'number'>): LoggedRequest {
    this.#count += 1;
    const numbered = { ...entry, number: this.#count } as LoggedRequest;
    this.#entries.push(numbered);
    this.#characters += numbered.body.length;
    while (this.#entries.length > mostRequests || this.#characters > mostCharacters) {
      this.#characters -= this.#entries.shift()?.body.length ?? 0;
    }
    return numbered;
  }

  /** Oldest first. */
  entries(): readonly LoggedRequest[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
    this.#characters = 0;
  }
}
