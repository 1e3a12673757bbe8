import { got, type RequestError } from 'got';
import type { Http } from '../../../src/core/http.js';

/**
 * Known bad, for the checks to catch: tells not-sent by the error's code. ECONNRESET and ETIMEDOUT come before and
 * after the request alike, so this calls requests not sent that a vendor may have applied.
 */
export const httpByErrorCode: Http = {
  async send({ method, url, headers, body, timeoutMs }) {
    try {
      const answer = await got(url, {
        method,
        headers: { ...headers },
        ...(typeof body === 'string' ? { body } : {}),
        timeout: { request: timeoutMs },
        retry: { limit: 0 },
        followRedirect: false,
        throwHttpErrors: false,
        responseType: 'buffer',
      });
      return { kind: 'answer', status: answer.statusCode, headers: {}, body: answer.rawBody };
    } catch (error) {
      const { code, message } = error as RequestError;
      const notSent = ['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE'].includes(code);
      return notSent
        ? { kind: 'not-sent', code: 'net.reset', reason: message }
        : { kind: 'lost', code: 'net.failed', reason: message, status: null };
    }
  },
};
