import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isoTime } from '../../core/clock.js';
import { isObject, parseJson } from '../../core/json.js';
import type { Twin, TwinRequest } from '../../core/twin.js';
import { isLoopback } from '../listen.js';
import { addFaultPage } from './fault-page.js';
import { statusOf } from './fault-told.js';
import type { Wire } from './fault-wire.js';
import type { Faults } from './faults.js';
import { meet } from './meet.js';
import type { OverviewFacts } from './overview.js';
import { overviewJson, overviewText } from './overview.js';
import type { Posted } from './postman.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import { redactHeaders, redactText } from './request-log.js';
import type { VirtualClock } from './virtual-clock.js';
import type { World } from './world.js';

/** What the routes work on. */
export interface Desk {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly wire: Wire;
  readonly ids: readonly string[];
  readonly facts: () => OverviewFacts;
  readonly log: (entry: LoggedRequest) => void;
  /** Resolves when what happened so far is on disk; at once where nothing is kept. */
  readonly keep: () => Promise<void>;
  readonly keepSoon: () => void;
  /** What became of the deliveries to webhooks. */
  readonly posted: () => readonly Posted[];
  /** Time went on: deliveries may be due. */
  readonly look: () => void;
}

/** Ten years: further on, dates leave the range the vendors' formats know. */
const farthestMs = 10 * 365 * 86_400_000;

const fail = (reply: FastifyReply, status: number, message: string): FastifyReply =>
  reply.code(status).send({ error: message });

/** Hangs the twins and the sandbox's own pages into the server. */
export function addRoutes(app: FastifyInstance, desk: Desk): void {
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
  for (const id of desk.ids) {
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      serveTwin(desk, id, request, reply);
    app.all(`/${id}`, handler);
    app.all(`/${id}/*`, handler);
  }
  addPages(app, desk);
  addFaultPage(app, desk.faults);
}

function addPages(app: FastifyInstance, desk: Desk): void {
  app.get('/', (request, reply) =>
    /json/.test(request.headers.accept ?? '')
      ? reply.send(overviewJson(desk.facts()))
      : reply.type('text/plain; charset=utf-8').send(overviewText(desk.facts())),
  );
  app.get('/_sandbox/contacts', () => desk.world.contacts());
  app.get('/_sandbox/requests', () => ({
    schema: 'salesq/sandbox-requests@1',
    requests: desk.requests.entries(),
  }));
  app.get('/_sandbox/deliveries', () => ({
    schema: 'salesq/sandbox-deliveries@1',
    deliveries: desk.posted(),
  }));
  app.post('/_sandbox/clock', async (request, reply) => {
    const body = parseJson(Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '');
    const ms = isObject(body) ? body['advanceMs'] : undefined;
    if (typeof ms !== 'number' || ms < 0 || ms > farthestMs) {
      return fail(reply, 400, 'advanceMs must be a number of milliseconds from 0 to ten years');
    }
    desk.clock.advance(ms);
    await desk.keep();
    desk.look();
    return { now: isoTime(desk.clock.now()) };
  });
  app.post('/_sandbox/reset', async () => {
    desk.world.reset();
    desk.requests.clear();
    desk.faults.restart();
    await desk.keep();
    return { now: isoTime(desk.clock.now()) };
  });
}

async function serveTwin(
  desk: Desk,
  id: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const twin = desk.world.twin(id);
  if (!twin) return fail(reply, 404, 'no such vendor');
  const target = (request.raw.url ?? '/').slice(id.length + 1);
  const [path = '', query = ''] = target.split(/\?(.*)/s);
  const headers = plainHeaders(request);
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const asked = {
    method: request.method,
    path: path || '/',
    query: new URLSearchParams(query),
    headers,
    body,
    target,
  };
  const url = `http://${request.host}${request.raw.url ?? '/'}`;
  const met = meet(twin, asked, url, desk.faults);
  desk.log(desk.requests.add({ ...record(desk, twin, asked), status: statusOf(met.told), fault: met.fault }));
  // What was done is on disk before anybody can see the answer, or the lack of one.
  if (met.changed) await desk.keep();
  else desk.keepSoon();
  return desk.wire.send(reply, met.told);
}

type Noted = Omit<LoggedRequest, 'number' | 'status' | 'fault'>;

const record = (desk: Desk, twin: Twin, asked: TwinRequest & { readonly target: string }): Noted => ({
  at: isoTime(desk.clock.now()),
  vendor: twin.id,
  method: asked.method,
  path: redactText(asked.target || '/', twin.secretFields),
  headers: redactHeaders(asked.headers, twin.secretFields),
  body: redactText(Buffer.from(asked.body).toString('utf8'), twin.secretFields),
});

function plainHeaders(request: FastifyRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
