import { isIP } from 'node:net';
import { unusable } from './errors.js';
import type { Clock } from './clock.js';
import { type Secret, type VendorSettings, withoutSecrets } from './secret.js';

/** One request. `url` and `headers` may hold secrets: they never reach a log, an error or the ledger. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body as it goes out. */
  readonly body?: string | Uint8Array;
  /** Whole time allowed, connecting included. */
  readonly timeoutMs: number;
  /** Largest answer read, after decompression; a larger one is `lost` with `net.too-large`. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/**
 * What is known after a request. Never an exception, and `not-sent` only on the socket's own evidence:
 * the connection was never made, so no byte of the request can have left.
 */
export type HttpResult =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'not-sent'; readonly code: NetCode; readonly reason: string }
  | {
      readonly kind: 'lost';
      readonly code: NetCode;
      readonly reason: string;
      readonly status: number | null;
    };

export type NetCode =
  | 'net.refused'
  | 'net.dns'
  | 'net.unreachable'
  | 'net.tls'
  | 'net.timeout-connect'
  | 'net.timeout-after-send'
  | 'net.reset'
  | 'net.truncated'
  | 'net.too-large'
  | 'net.bad-encoding'
  | 'net.aborted'
  | 'net.failed';

/** Sends one request once: no repeat, no redirect, no cookie, no cache, no proxy of its own choosing. */
export interface Http {
  send(request: HttpRequest): Promise<HttpResult>;
}

/** Decodes an answer's body as UTF-8, tolerating a BOM; U+FFFD for what is not. */
export const bodyText = (body: Uint8Array): string => new TextDecoder('utf-8').decode(body);

/** Seconds or HTTP date of a Retry-After header, as milliseconds from now; null where absent or unreadable. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const value = headers['retry-after']?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** True for an address only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/** An HTTP server that is not listening yet. */
interface IdleServer {
  listen(at: { readonly host: string; readonly port: number }): PromiseLike<unknown>;
  close(): PromiseLike<unknown>;
  readonly server: { address(): string | { readonly port: number } | null };
}

/**
 * Starts to listen and returns the base URL. Throws UserError (exit 6) `….port-in-use` or `….port-refused`; `code` is
 * the first part of these codes, `name` the server's name in a sentence.
 */
export async function listen(
  app: IdleServer,
  host: string,
  port: number,
  { code: prefix, name }: { readonly code: string; readonly name: string },
): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const { code } = error as NodeJS.ErrnoException;
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code ?? '')) throw error;
    throw unusable({
      code: code === 'EADDRINUSE' ? `${prefix}.port-in-use` : `${prefix}.port-refused`,
      message: `${name} cannot listen on ${host}:${port}.`,
      hint: 'Choose another port with --port, or stop the program that has it.',
    });
  }
  const address = app.server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

/**
 * An answer with the secrets blotted out of its body, in every form a vendor may repeat them. Done before its texts
 * are masked and cut: a secret with a few digits masked is no longer found, but still told.
 */
export function answerWithoutSecrets(result: HttpResult, secrets: readonly Secret[]): HttpResult {
  if (result.kind !== 'answer') return result;
  const text = bodyText(result.body);
  const blotted = withoutSecrets(text, secrets);
  return blotted === text ? result : { ...result, body: new TextEncoder().encode(blotted) };
}

/** A request of a vendor's client: address, login and body are the vendor's, the rest is decided here. */
export interface TalkRequest extends Omit<HttpRequest, 'signal'> {
  /** The usual time for the request, in ms; the profile's `timeout` goes before it. */
  readonly timeoutMs: number;
  /** The answer is a file or a list of leads that is passed on byte for byte: nothing of it is told as a reason. */
  readonly asItIs?: true;
}

export interface Talk {
  /**
   * Sends a request once. Secrets are blotted out of the answer before anybody reads it, for vendors repeat what they
   * were sent. Stops with the program's signal.
   */
  send(request: TalkRequest): Promise<HttpResult>;
}

export interface TalkOptions {
  /** What else must never be told: a password as the login writes it. */
  readonly alsoSecret?: readonly Secret[];
  /** A row can need several requests: where the profile sets a rate, each of them waits for its turn. */
  readonly everyRequestPaced?: boolean;
}

/** With what a client talks: a vendor's settings and secrets, the network, and the program's stop. */
export interface TalkContext {
  readonly settings: VendorSettings;
  readonly http: Http;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The only way a vendor's client sends a request. */
export function talkTo(context: TalkContext, options: TalkOptions = {}): Talk {
  const { settings, http, clock, signal } = context;
  const secrets = [...Object.values(settings.secrets), ...(options.alsoSecret ?? [])];
  let nextTurn = 0;
  const waitForTurn = async (perSecond: number): Promise<void> => {
    const now = clock.monotonic();
    const at = Math.max(now, nextTurn);
    nextTurn = at + 1000 / perSecond;
    if (at > now) await clock.sleep(at - now, signal);
  };
  return {
    async send({ asItIs, ...request }) {
      if (options.everyRequestPaced && settings.perSecond !== null) await waitForTurn(settings.perSecond);
      const timeoutMs = settings.timeoutMs ?? request.timeoutMs;
      const result = await http.send({ ...request, timeoutMs, signal });
      return asItIs ? result : answerWithoutSecrets(result, secrets);
    },
  };
}
