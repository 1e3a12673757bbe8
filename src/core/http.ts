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
