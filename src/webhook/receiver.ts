import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.js';
import type { Delivery, QuarantineCode, Storing, Ledger } from '../core/ledger.js';
import { listen } from '../core/http.js';
import { type WebhookOwner, judgeBody, readBody, type ReceivedBody } from './judge.js';

/** How much of this program a sender may use. Times in ms. */
interface WebhookLimits {
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

const usualLimits: WebhookLimits = {
  bodyBytes: 5 * 1024 * 1024,
  headersMs: 10_000,
  requestMs: 30_000,
  connections: 64,
  stopMs: 10_000,
};

export interface WebhookOptions extends WebhookOwner {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The only path that takes deliveries, starting with `/`. */
  readonly path: string;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, 'storeDelivery'>;
  /** Called after a delivery is stored and before it is acknowledged; not for one that was stored before. */
  readonly onStored: (delivery: Delivery) => Promise<void>;
  /** Called when the ledger refused: the sender gets a 500 and may try again. */
  readonly onFailure: (error: unknown) => void;
  /** Called when a delivery went to quarantine, or was dropped because that was full. */
  readonly onQuarantine: (delivery: Delivery, full: boolean) => void;
  readonly limits?: Partial<WebhookLimits>;
}

export interface Receiver {
  /** Where a vendor must post to, the path included. */
  readonly url: string;
  readonly counts: () => WebhookCounts;
  /** Stops listening, finishes the requests under way. */
  close(): Promise<void>;
  /** Cuts the requests under way; `close` resolves soon. */
  cut(): void;
}

/**
 * Receives a vendor's deliveries. 200 means: it is in the ledger, fsync included; everything else means that it is
 * not taken, and all but a 500 is kept in quarantine. Throws UserError (exit 6) where the port cannot be had.
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
  const tally = new WebhookTally();
  addDeliveryRoute(app, options, limits, tally);
  const base = await listen(app, options.host, options.port, { code: 'webhook', name: 'The webhook' });
  let closed: Promise<void> | null = null;
  return {
    url: `${base}${options.path}`,
    counts: () => tally.counts(),
    close: () => (closed ??= closeWithin(app, limits.stopMs)),
    cut: () => app.server.closeAllConnections(),
  };
}

/** Closes the server within `ms`. A closing server checks neither deadlines nor idle connections: both are done here. */
async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const timer = setTimeout(() => app.server.closeAllConnections(), ms);
  await app.close().finally(() => {
    clearInterval(idle);
    clearTimeout(timer);
  });
}

const refuse = (reply: FastifyReply, status: number, code: string): FastifyReply =>
  reply.code(status).send({ stored: false, error: code });

function addDeliveryRoute(
  app: FastifyInstance,
  options: WebhookOptions,
  limits: WebhookLimits,
  tally: WebhookTally,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) =>
    readBody(payload, limits.bodyBytes),
  );
  app.addHook('onRequest', async (request, reply) => {
    const [path] = request.url.split('?');
    if (path !== options.path)
      return refuse(reply.header('connection', 'close'), 404, 'webhook.no-such-path');
    if (request.method !== 'POST')
      return refuse(reply.header('connection', 'close').header('allow', 'POST'), 405, 'webhook.only-post');
    // A body is judged by what it is, not by its label: without one fastify refuses none.
    delete request.headers['content-type'];
    return undefined;
  });
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode === undefined) options.onFailure(error);
    return refuse(reply, statusCode ?? 500, 'webhook.failed');
  });
  app.post('/*', (request, reply) => receive(options, tally, request, reply));
}

const emptyBody: ReceivedBody = { bytes: Buffer.alloc(0), size: 0, oversize: false };

async function receive(
  options: WebhookOptions,
  tally: WebhookTally,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = (request.body as ReceivedBody | undefined) ?? emptyBody;
  const delivery = judgeBody(body, options, options.clock.now());
  let storing;
  try {
    storing = await options.ledger.storeDelivery(delivery);
  } catch (error) {
    tally.failed += 1;
    options.onFailure(error);
    return refuse(reply, 500, 'webhook.not-stored');
  }
  tally.count(delivery, storing);
  if (delivery.code !== null) {
    if (storing !== 'known') options.onQuarantine(delivery, storing === 'full');
    const status = statusOfCode[delivery.code];
    return refuse(status === 413 ? reply.header('connection', 'close') : reply, status, delivery.code);
  }
  if (storing === 'stored') await options.onStored(delivery);
  return reply.code(200).send({ stored: true });
}

const statusOfCode = { 'webhook.forged': 401, 'webhook.broken': 400, 'webhook.oversize': 413 } as const;

/** The results of the requests of one receiver. */
export interface WebhookCounts {
  readonly stored: number;
  /** Delivered again: answered, not stored again. */
  readonly known: number;
  /** The ledger refused. */
  readonly failed: number;
  readonly quarantined: Readonly<Record<QuarantineCode, number>>;
  /** Refused and not kept: the quarantine was full. */
  readonly notKept: number;
}

class WebhookTally {
  failed = 0;
  #stored = 0;
  #known = 0;
  #full = 0;
  readonly #quarantined = { 'webhook.forged': 0, 'webhook.broken': 0, 'webhook.oversize': 0 };

  count({ code }: Delivery, storing: Storing): void {
    if (storing === 'full') this.#full += 1;
    else if (code !== null) this.#quarantined[code] += 1;
    else if (storing === 'stored') this.#stored += 1;
    else this.#known += 1;
  }

  counts(): WebhookCounts {
    return {
      stored: this.#stored,
      known: this.#known,
      failed: this.failed,
      quarantined: { ...this.#quarantined },
      notKept: this.#full,
    };
  }
}
