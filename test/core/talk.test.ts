import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyText, talkTo, type TalkRequest } from '../../src/core/http.js';
import { Secret } from '../../src/core/secret.js';
import type { VendorContext } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { realClock } from '../support/sandboxed.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';

let server: VendorServer;
beforeAll(async () => {
  server = await VendorServer.start(({ url, headers }, response) =>
    url === '/silence' ? undefined : sendJson(response, { youSent: headers['x-login'] ?? null }),
  );
});
afterAll(() => server.close());

const context = (more: Partial<VendorContext['settings']> = {}): VendorContext => ({
  settings: {
    url: server.url,
    perSecond: null,
    concurrency: null,
    timeoutMs: null,
    account: null,
    secrets: { key: new Secret('CANARY-KEY-1') },
    values: {},
    ...more,
  },
  http: createHttp(),
  clock: realClock,
  signal: new AbortController().signal,
  warn: () => undefined,
});

const request = (login: string, path = '/'): TalkRequest => ({
  method: 'GET',
  url: `${server.url}${path}`,
  headers: { 'x-login': login },
  timeoutMs: 5_000,
  maxBytes: 1_000,
});

async function answerOf(
  sent: Promise<Awaited<ReturnType<ReturnType<typeof talkTo>['send']>>>,
): Promise<string> {
  const result = await sent;
  return result.kind === 'answer' ? bodyText(result.body) : result.code;
}

describe('a request of a vendor', () => {
  it('comes back without the secrets that the vendor repeats', async () => {
    const talk = talkTo(context(), { alsoSecret: [new Secret('CANARY-LOGIN-2')] });
    expect(await answerOf(talk.send(request('CANARY-KEY-1')))).toBe('{"youSent":"[secret]"}');
    expect(await answerOf(talk.send(request('CANARY-LOGIN-2')))).toBe('{"youSent":"[secret]"}');
  });

  it('is passed on byte for byte where it is a file', async () => {
    const answer = await answerOf(talkTo(context()).send({ ...request('CANARY-KEY-1'), asItIs: true }));
    expect(answer).toBe('{"youSent":"CANARY-KEY-1"}');
  });

  it('takes the time of the profile before its own', async () => {
    const talk = talkTo(context({ timeoutMs: 50 }));
    expect(await answerOf(talk.send({ ...request('x', '/silence'), timeoutMs: 600_000 }))).toBe(
      'net.timeout-after-send',
    );
  });

  it('waits for its turn where every request keeps the rate of the profile', async () => {
    const waits: number[] = [];
    let now = 0;
    const clock: VendorContext['clock'] = {
      ...realClock,
      monotonic: () => now,
      sleep: (ms) => {
        waits.push(ms);
        now += ms;
        return Promise.resolve();
      },
    };
    const paced = talkTo({ ...context({ perSecond: 4 }), clock }, { everyRequestPaced: true });
    for (let sent = 0; sent < 3; sent += 1) await paced.send(request('x'));
    expect(waits).toEqual([250, 250]);
  });
});
