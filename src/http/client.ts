import type { SecureContext } from 'node:tls';
import type { Got } from 'got';
import type { Http } from '../core/http.js';
import { acceptEncoding } from './body.js';
import { explainFailure, makeTrust } from './connection.js';
import { Exchange } from './exchange.js';

interface HttpOptions {
  /** User-Agent of requests that set none. */
  readonly userAgent?: string;
  /** PEM certificates trusted besides Node's built-in ones (with any given, NODE_EXTRA_CA_CERTS is not read). */
  readonly extraCa?: readonly string[];
}

/** Loads got with everything switched off that could send twice, send elsewhere or remember. */
async function loadGot(userAgent: string): Promise<Got> {
  const { got } = await import('got');
  return got.extend({
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    // Unpacked here instead, under a cap.
    decompress: false,
    http2: false,
    headers: { 'user-agent': userAgent, 'accept-encoding': acceptEncoding },
  });
}

/**
 * Makes the HTTP client for all vendors. Each request goes once, over a connection of its own, to the host of its URL: no
 * repeat, redirect, cookie, cache or environment proxy. `send` never rejects and never quotes a foreign error;
 * a header or URL that cannot be sent is `not-sent` with `net.failed`.
 */
export function createHttp(options: HttpOptions = {}): Http {
  let loading: Promise<Got> | undefined;
  let trust: SecureContext | undefined;
  return {
    async send(request) {
      try {
        const got = await (loading ??= loadGot(options.userAgent ?? 'salesq'));
        trust ??= options.extraCa?.length ? makeTrust(options.extraCa) : undefined;
        return await new Exchange(request, trust).run(got);
      } catch {
        // Only loading got or a certificate can fail here: no exchange was started.
        loading = undefined;
        return { kind: 'not-sent', code: 'net.failed', reason: explainFailure('not-sent', 'net.failed') };
      }
    },
  };
}
