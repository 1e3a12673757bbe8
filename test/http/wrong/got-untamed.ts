import { got } from 'got';
import type { Http } from '../../../src/core/http.js';

/** Known bad, for the checks to catch: got as it comes, following redirects with body and token in hand. */
export const httpUntamed: Http = {
  async send({ method, url, headers, body, timeoutMs }) {
    try {
      const answer = await got(url, {
        method,
        headers: { ...headers },
        ...(typeof body === 'string' ? { body } : {}),
        timeout: { request: timeoutMs },
        responseType: 'buffer',
      });
      return { kind: 'answer', status: answer.statusCode, headers: {}, body: answer.rawBody };
    } catch (error) {
      return { kind: 'lost', code: 'net.failed', reason: String(error), status: null };
    }
  },
};
