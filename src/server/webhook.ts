import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.js';
import type { Delivery } from '../core/delivery.js';
import type { Ledger } from '../core/ledger.js';
import { listen } from './listen.js';
import { readBody, type ReceivedBody } from './webhook/body.js';
import { judge, type Addressee } from './webhook/judge.js';
import { Tally, type WebhookCounts } from './webhook/tally.js';

export type { WebhookCounts } from './webhook/tally.js';

/** What a sender may take of us. Times in ms. */
export interface WebhookLimits {
  /** Largest body; no vendor documents one. */
  readonly bodyBytes: number;
  /** From the first byte, or the connection, to the end of the headers. */
  readonly headersMs: number;
  /** To the end of the body. */
  readonly requestMs: number;
  /** Connections at a time: with `bodyBytes` it bounds the memory. */
  readonly connections: number;
  /** How long requests under way may go on once the receiver stops. */
  readonly stopMs: number;
}

export const usualLimits: WebhookLimits = {
  bodyBytes: 5 * 1024 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  connections: 64,
  stopMs: 10_000,
};

export interface WebhookOptions extends Addressee {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The only path that takes deliveries, starting with `/`. */
  readonly path: string;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'storeDelivery'>;
  /** Runs after a delivery is stored and before its sender hears so; not for one that was there already. */
  readonly onStored: (delivery: Delivery) => Promise<void>;
  /** The ledger refused: the sender got a 500 and may try again. */
  readonly onFailure: (error: unknown) => void;
  /** Something went to quarantine, or would have, were it not full. */
  readonly onQuarantine: (delivery: Delivery, full: boolean) => void;
  readonly limits?: Partial<WebhookLimits>;
}

export interface Receiver {
  /** Where a vendor must post to, the path included. */
  readonly url: string;
  readonly counts: () => WebhookCounts;
  /** Takes no more, finishes what is under way. */
  close(): Promise<void>;
  /** Cuts what is under way; `close` resolves soon. */
  cut(): void;
}

/**
 * Receives a vendor's deliveries. 200 says: it is in the ledger, fsync included; everything else says that it is not
 * taken, and all but a 500 is kept in quarantine. Throws UserError (exit 6) where the port is not to be had.
 */
export async function startReceiver(options: WebhookOptions): Promise<Receiver> {
  const limits = { ...usualLimits, ...options.limits };
  const { fastify } = await import('fastify');
  const app = fastify({
    logger: false,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: 5_000,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: 500 },
  });
  app.server.maxConnections = limits.connections;
  const tally = new Tally();
  addRoute(app, options, limits, tally);
  const base = await listen(app, options.host, options.port, { code: 'webhook', name: 'The webhook' });
  let closed: Promise<void> | null = null;
  return {
    url: `${base}${options.path}`,
    counts: () => tally.counts(),
    close: () => (closed ??= closeIn(app, limits.stopMs)),
    cut: () => app.server.closeAllConnections(),
  };
}

/** A closing server no longer looks at deadlines, nor at who fell idle since: both are done for it. */
async function closeIn(app: FastifyInstance, ms: number): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const timer = setTimeout(() => app.server.closeAllConnections(), ms);
  await app.close().finally(() => {
    clearInterval(idle);
    clearTimeout(timer);
  });
}

const fail = (reply: FastifyReply, status: number, code: string): FastifyReply =>
  reply.code(status).send({ stored: false, error: code });

function addRoute(app: FastifyInstance, options: WebhookOptions, limits: WebhookLimits, tally: Tally): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, limits.bodyBytes),
  );
  app.addHook('onRequest', async (request, reply) => {
    const [path] = request.url.split('?');
    if (path !== options.path) return fail(reply.header('connection', 'close'), 404, 'webhook.no-such-path');
    if (request.method !== 'POST')
      return fail(reply.header('connection', 'close').header('allow', 'POST'), 405, 'webhook.only-post');
    // A body is judged by what it is, not by its label: without one fastify refuses none.
    delete request.headers['content-type'];
    return undefined;
  });
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode === undefined) options.onFailure(error);
    return fail(reply, statusCode ?? 500, 'webhook.failed');
  });
  app.post('/*', (request, reply) => receive(options, tally, request, reply));
}

const nothing: ReceivedBody = { bytes: Buffer.alloc(0), size: 0, oversize: false };

async function receive(
  options: WebhookOptions,
  tally: Tally,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = (request.body as ReceivedBody | undefined) ?? nothing;
  const delivery = judge(body, options, options.clock.now());
  let storing;
  try {
    storing = await options.ledger.storeDelivery(delivery);
  } catch (error) {
    tally.failed += 1;
    options.onFailure(error);
    return fail(reply, 500, 'webhook.not-stored');
  }
  tally.count(delivery, storing);
  if (delivery.code !== null) {
    if (storing !== 'known') options.onQuarantine(delivery, storing === 'full');
    const status = statusOf[delivery.code];
    return fail(status === 413 ? reply.header('connection', 'close') : reply, status, delivery.code);
  }
  if (storing === 'stored') await options.onStored(delivery);
  return reply.code(200).send({ stored: true });
}

const statusOf = { 'webhook.forged': 401, 'webhook.broken': 400, 'webhook.oversize': 413 } as const;
