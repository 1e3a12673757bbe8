import dns from 'node:dns';
import { connect, isIP, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpRequest, NetCode } from '../../src/core/http.js';
import { createHttp } from '../../src/http/client.js';
import { leaks, secretPost } from './checks.js';
import { answer, fixture, freePort, rawServer, replying, tlsServer, type RawServer } from './servers.js';

const http = createHttp();
const trusting = createHttp({ extraCa: [fixture('localhost')] });

async function expectNotSent(request: HttpRequest, codes: NetCode[], sender = http): Promise<void> {
  const result = await sender.send(request);
  expect(result.kind).toBe('not-sent');
  expect(codes).toContain((result as { code: NetCode }).code);
  expect(leaks(result)).toEqual([]);
}

/** Runs against a server that must be given no byte of the request. */
async function expectSilent(server: RawServer, run: () => Promise<void>): Promise<void> {
  try {
    await run();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.received()).toBe('');
  } finally {
    await server.close();
  }
}

describe('no connection', () => {
  it('refused, by address and by a name with several addresses', async () => {
    const port = await freePort();
    await expectNotSent(secretPost(port), ['net.refused']);
    await expectNotSent(secretPost(port, { url: `http://localhost:${port}/` }), ['net.refused']);
    await expectNotSent(secretPost(port, { url: `https://localhost:${port}/` }), ['net.refused']);
  });

  it('a name that does not exist', async () => {
    const request = secretPost(0, { url: `http://canary-key-5521.invalid/x`, timeoutMs: 5000 });
    await expectNotSent(request, ['net.dns', 'net.unreachable']);
  });

  it.each<[string, Partial<HttpRequest>]>([
    ['no URL at all', { url: 'canary-key-5521' }],
    ['another scheme', { url: 'ftp://127.0.0.1/canary-key-5521' }],
    ['a line break in a header', { headers: { 'x-token': 'canary-token-8846\r\nx-evil: 1' } }],
    ['a header name that is none', { headers: { 'bad name': 'canary-token-8846' } }],
    ['a character outside Latin-1 in a header', { headers: { 'x-token': 'canary-token-8846 ✓' } }],
    ['a GET with a body', { method: 'GET' }],
  ])('%s', async (_name, over) => {
    const server = await rawServer(replying(answer('200 OK')));
    await expectSilent(server, () => expectNotSent(secretPost(server.port, over), ['net.failed']));
  });
});

describe('TLS', () => {
  const url = (port: number, host = 'localhost'): Partial<HttpRequest> => ({
    url: `https://user:canary-pass-7319@${host}:${port}/import?key=canary-key-5521`,
  });

  it('goes through with a trusted certificate', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      const server = await tlsServer(replying(answer('200 OK', 'fine')), 'localhost');
      const result = await trusting.send(secretPost(0, url(server.port, host)));
      await server.close();
      expect(result).toMatchObject({ kind: 'answer', status: 200 });
      expect(server.received()).toContain('canary-body-2207');
    }
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s: an untrusted certificate is shown no byte',
    async (version) => {
      const options = { minVersion: version, maxVersion: version };
      for (const [certificate, sender] of [
        ['localhost', http],
        ['expired', createHttp({ extraCa: [fixture('expired')] })],
        ['elsewhere', createHttp({ extraCa: [fixture('elsewhere')] })],
      ] as const) {
        const server = await tlsServer(replying(answer('200 OK')), certificate, options);
        const post = secretPost(0, url(server.port));
        await expectSilent(server, () => expectNotSent(post, ['net.tls'], sender));
      }
    },
  );

  it('a reset after the handshake is lost', async () => {
    const behave = (socket: { destroy(): unknown }, request: Promise<string>) =>
      void request.then(() => socket.destroy());
    const server = await tlsServer(behave, 'localhost');
    const result = await trusting.send(secretPost(0, url(server.port)));
    await server.close();
    expect(result).toMatchObject({ kind: 'lost', code: 'net.reset', status: null });
  });

  it('a server that accepts and never shakes hands, closes, resets, or speaks HTTP', async () => {
    const cases: [Parameters<typeof rawServer>[0], NetCode][] = [
      [() => undefined, 'net.timeout-connect'],
      [(socket) => void setTimeout(() => socket.end(), 20), 'net.tls'],
      [(socket) => void setTimeout(() => socket.resetAndDestroy(), 20), 'net.tls'],
      [(socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'net.tls'],
    ];
    for (const [behave, code] of cases) {
      const server = await rawServer(behave);
      try {
        await expectNotSent(secretPost(0, { ...url(server.port), timeoutMs: 200 }), [code]);
        await vi.waitFor(() => expect(server.open()).toBe(0));
        expect(server.received()).not.toContain('canary');
        expect(server.received()).not.toContain('POST');
      } finally {
        await server.close();
      }
    }
  });
});

describe('a name with several addresses', () => {
  const realLookup = dns.lookup;
  const url = (port: number, scheme = 'http') => ({ url: `${scheme}://several.test:${port}/` });

  /** Makes the name several.test resolve to these loopback addresses, in this order. */
  const resolveTo = (...addresses: string[]): void => {
    const lookup = (name: string, ...rest: unknown[]): void => {
      const all = addresses.map((address) => ({ address, family: isIP(address) }));
      const done = rest.at(-1) as (error: null, all: object) => void;
      if (name === 'several.test') process.nextTick(done, null, all);
      else Reflect.apply(realLookup, dns, [name, ...rest]);
    };
    dns.lookup = lookup as unknown as typeof dns.lookup;
  };
  afterEach(() => {
    dns.lookup = realLookup;
  });

  it.each([
    ['127.0.0.2', '127.0.0.1'],
    ['::1', '127.0.0.2', '127.0.0.1'],
  ])('goes once, to the one that listens: %s first', async (...addresses) => {
    resolveTo(...addresses);
    const server = await rawServer(replying(answer('200 OK', 'here')));
    const result = await http.send(secretPost(0, url(server.port)));
    await server.close();
    expect(result).toMatchObject({ kind: 'answer', status: 200 });
    expect(server.connections()).toBe(1);
  });

  it('is lost when the one that listens resets after the request', async () => {
    resolveTo('::1', '127.0.0.2', '127.0.0.1');
    const server = await rawServer((socket, request) => void request.then(() => socket.resetAndDestroy()));
    const result = await http.send(secretPost(0, url(server.port)));
    await server.close();
    expect(result).toMatchObject({ kind: 'lost', code: 'net.reset' });
    expect(server.connections()).toBe(1);
  });

  it.each(['http', 'https'])('is not sent when none listens: %s', async (scheme) => {
    resolveTo('127.0.0.2', '127.0.0.3', '127.0.0.1');
    await expectNotSent(secretPost(0, url(await freePort(), scheme)), ['net.refused']);
  });

  it('TLS with an untrusted certificate at the second address is shown no byte', async () => {
    resolveTo('127.0.0.2', '127.0.0.1');
    const server = await tlsServer(replying(answer('200 OK')), 'localhost');
    const post = secretPost(0, url(server.port, 'https'));
    await expectSilent(server, () => expectNotSent(post, ['net.tls']));
  });
});

describe('stopping', () => {
  it('before anything: not sent', async () => {
    const server = await rawServer(replying(answer('200 OK')));
    const post = secretPost(server.port, { signal: AbortSignal.abort('canary-key-5521') });
    await expectSilent(server, () => expectNotSent(post, ['net.aborted']));
  });

  it('at any moment: not sent only if nothing arrived', async () => {
    const kinds = new Set<string>();
    for (let turn = 0; turn < 60; turn += 1) {
      const server = await rawServer(() => undefined);
      const stop = new AbortController();
      const sending = http.send(secretPost(server.port, { signal: stop.signal }));
      for (let tick = 0; tick < turn % 12; tick += 1) await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
      const result = await sending;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(result).toMatchObject({ code: 'net.aborted' });
      if (result.kind === 'not-sent') expect(server.received()).toBe('');
      kinds.add(result.kind);
      await server.close();
    }
    expect([...kinds].sort()).toEqual(['lost', 'not-sent']);
  });

  it('during the TLS handshake: not sent', async () => {
    const server = await rawServer(() => undefined);
    const post = secretPost(0, { url: `https://localhost:${server.port}/`, signal: AbortSignal.timeout(80) });
    await expectNotSent(post, ['net.aborted']);
    await server.close();
  });

  it.each<NetCode>(['net.aborted', 'net.timeout-connect'])(
    'a handshake that would still succeed later is given up: %s',
    async (code) => {
      const behind = await tlsServer(replying(answer('200 OK')), 'localhost');
      const stop = new AbortController();
      let accepted: Socket | undefined;
      const slow = await rawServer((socket) => {
        socket.pause();
        accepted = socket;
        if (code === 'net.aborted') stop.abort();
      });
      const post = { url: `https://localhost:${slow.port}/`, signal: stop.signal };
      await expectNotSent(secretPost(0, { ...post, timeoutMs: 400 }), [code], trusting);

      const closed = new Promise((resolve) => accepted!.once('close', () => resolve('closed')));
      accepted!.pipe(connect(behind.port, '127.0.0.1').on('error', () => undefined)).pipe(accepted!);
      const late = new Promise((resolve) => setTimeout(resolve, 2000, 'still open'));
      expect(await Promise.race([closed, late])).toBe('closed');
      expect(behind.received()).toBe('');
      await Promise.all([slow.close(), behind.close()]);
    },
  );

  it('hands nothing over once the time is up, even if the connection is there', async () => {
    const server = await rawServer(replying(answer('200 OK')));
    const sending = http.send(secretPost(server.port, { timeoutMs: 30 }));
    await new Promise((resolve) => process.nextTick(resolve));
    const until = performance.now() + 60;
    while (performance.now() < until);
    const result = await sending;
    expect(result).toMatchObject({ kind: 'not-sent', code: 'net.timeout-connect' });
    await expectSilent(server, () => Promise.resolve());
  });
});
