import { inspect } from 'node:util';
import type { Http, HttpRequest, HttpResult } from '../../src/core/http.js';
import { faultMaxBytes, type Fault } from './faults.js';
import { answer, rawServer, replying } from './servers.js';

export const canaries = {
  password: 'canary-pass-7319',
  key: 'canary-key-5521',
  token: 'canary-token-8846',
  body: 'canary-body-2207',
} as const;

/** A POST with a secret in every place one can be. */
export const secretPost = (port: number, over: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'POST',
  url: `http://user:${canaries.password}@127.0.0.1:${port}/import?key=${canaries.key}`,
  headers: { 'content-type': 'application/json', 'x-token': canaries.token },
  body: JSON.stringify({ lead: canaries.body }),
  timeoutMs: 3000,
  maxBytes: faultMaxBytes,
  ...over,
});

/** Canaries that can be seen in a result. */
export function leaks(result: unknown): string[] {
  const seen = JSON.stringify(result) + inspect(result, { depth: 20, showHidden: true });
  const basic = Buffer.from(`user:${canaries.password}`).toString('base64');
  return [...Object.values(canaries), basic, '127.0.0.1'].filter((canary) => seen.includes(canary));
}

const described = (result: HttpResult): string =>
  result.kind === 'answer' ? `answer ${result.status}` : `${result.kind} ${result.code}`;

/** What an Http gets wrong about one fault; empty when it is right. */
export async function violations(http: Http, fault: Fault): Promise<string[]> {
  const server = await rawServer(fault.behave);
  try {
    const request = secretPost(server.port, fault.timeoutMs ? { timeoutMs: fault.timeoutMs } : {});
    const result = await http.send(request);
    const wrong: string[] = [];
    if (result.kind === 'not-sent' && server.received() !== '')
      wrong.push('called not-sent, but bytes arrived');
    if (result.kind === 'not-sent' && !fault.early) wrong.push('called not-sent on an open connection');
    if (result.kind === 'answer') wrong.push('called an answer');
    if (result.kind !== 'answer' && !fault.codes.includes(result.code))
      wrong.push(`code: ${described(result)}`);
    if (result.kind === 'lost' && result.status !== fault.status)
      wrong.push(`status ${String(result.status)}`);
    if (server.connections() !== 1) wrong.push(`sent ${server.connections()} times`);
    const leaked = leaks(result);
    if (leaked.length > 0) wrong.push(`leaks ${leaked.join(', ')}`);
    return wrong;
  } finally {
    await server.close();
  }
}

/** What an Http gets wrong about a redirect: it is an answer, and the place it names hears nothing. */
export async function redirectViolations(http: Http, status: number): Promise<string[]> {
  const other = await rawServer(replying(answer('200 OK', 'stolen')));
  const location = `location: http://127.0.0.1:${other.port}/elsewhere\r\n`;
  const server = await rawServer(replying(answer(`${status} Moved`, '', location)));
  try {
    const result = await http.send(secretPost(server.port));
    const wrong: string[] = [];
    if (result.kind !== 'answer' || result.status !== status) wrong.push(described(result));
    if (other.connections() > 0) wrong.push('followed');
    if (server.connections() !== 1) wrong.push('repeated');
    return wrong;
  } finally {
    await Promise.all([other.close(), server.close()]);
  }
}
