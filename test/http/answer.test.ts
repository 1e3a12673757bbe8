import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bodyText, type HttpResult } from '../../src/core/http.js';
import { createHttp } from '../../src/http/client.js';
import { leaks, secretPost } from './checks.js';
import { answer, rawServer, replying, type Behaviour } from './servers.js';

const http = createHttp({ userAgent: 'salesq/test' });

async function exchange(behave: Behaviour, over: Parameters<typeof secretPost>[1] = {}) {
  const server = await rawServer(behave);
  try {
    const result = await http.send(secretPost(server.port, over));
    return { result, received: server.received(), connections: server.connections() };
  } finally {
    await server.close();
  }
}

const textOf = (result: HttpResult): string =>
  result.kind === 'answer' ? bodyText(result.body) : result.code;

describe('complete answers', () => {
  it.each(['200 OK', '204 No Content', '400 Bad Request', '401 No', '429 Wait', '500 Oops', '503 Later'])(
    '%s',
    async (status) => {
      const { result, connections } = await exchange(replying(answer(status, '', 'retry-after: 7\r\n')));
      const headers = { 'retry-after': '7' };
      expect(result).toMatchObject({ kind: 'answer', status: Number.parseInt(status, 10), headers });
      expect(connections).toBe(1);
      expect(leaks(result)).toEqual([]);
    },
  );

  it('HTML with 200 is an answer, byte for byte', async () => {
    const page = '<html>\u00e4\ufeff</html>';
    const { result } = await exchange(replying(answer('200 OK', page, 'content-type: text/html\r\n')));
    expect(textOf(result)).toBe(page);
  });

  it.each<[string, Behaviour]>([
    [
      'chunked',
      replying('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '3\r\nfin\r\n1\r\ne\r\n0\r\n\r\n'),
    ],
    ['without length, up to the close', replying('HTTP/1.0 200 OK\r\n\r\n', 'fine')],
    ['after 100 Continue', replying('HTTP/1.1 100 Continue\r\n\r\n', answer('200 OK', 'fine'))],
    ['after 103 Early Hints', replying('HTTP/1.1 103 Hints\r\nlink: </x>\r\n\r\n', answer('200 OK', 'fine'))],
    ['gzip', replying(answer('200 OK', gzipSync('fine'), 'content-encoding: gzip\r\n'))],
    ['deflate', replying(answer('200 OK', deflateSync('fine'), 'Content-Encoding: Deflate\r\n'))],
    ['raw deflate', replying(answer('200 OK', deflateRawSync('fine'), 'content-encoding: deflate\r\n'))],
    ['br', replying(answer('200 OK', brotliCompressSync('fine'), 'content-encoding: br\r\n'))],
    ['identity', replying(answer('200 OK', 'fine', 'content-encoding: identity\r\n'))],
    ['on a connection left open', (s, r) => void r.then(() => s.write(answer('200 OK', 'fine')))],
    [
      'byte by byte',
      (socket, request) => {
        socket.setNoDelay(true);
        void request.then(async () => {
          for (const byte of answer('200 OK', 'fine')) {
            socket.write(Buffer.of(byte));
            await new Promise((resolve) => setImmediate(resolve));
          }
        });
      },
    ],
  ])('%s', async (_name, behave) => {
    expect(textOf((await exchange(behave)).result)).toBe('fine');
  });

  it('an empty body that claims to be packed', async () => {
    const { result } = await exchange(replying(answer('200 OK', '', 'content-encoding: gzip\r\n')));
    expect(textOf(result)).toBe('');
  });

  it('a body of exactly the limit, packed or not', async () => {
    const noise = Buffer.from(
      Array.from({ length: 20_000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 0xff),
    );
    const plain = await exchange(replying(answer('200 OK', noise)), { maxBytes: noise.length });
    const packed = replying(answer('200 OK', gzipSync(noise, { level: 0 }), 'content-encoding: gzip\r\n'));
    const unpacked = await exchange(packed, { maxBytes: noise.length });
    for (const { result } of [plain, unpacked]) {
      expect(result.kind === 'answer' && Buffer.from(result.body).equals(noise)).toBe(true);
    }
  });

  it('headers in lower case, repeated ones joined', async () => {
    const repeated = 'Set-Cookie: a=1\r\nset-cookie: b=2\r\nX-One: 1\r\n__proto__: x\r\nRetry-After: 5\r\n';
    const { result } = await exchange(replying(answer('200 OK', '', repeated)));
    expect(result.kind === 'answer' && Object.entries(result.headers)).toEqual(
      expect.arrayContaining([
        ['set-cookie', 'a=1, b=2'],
        ['x-one', '1'],
        ['__proto__', 'x'],
      ]),
    );
  });

  it('an early 413 read whole is an answer, though the body is still going out', async () => {
    const body = 'b'.repeat(20_000_000);
    const early: Behaviour = (socket) => {
      socket.once('data', () => {
        socket.pause();
        socket.write(answer('413 Too Large', 'too much'));
      });
    };
    const { result } = await exchange(early, { body });
    expect(result).toMatchObject({ kind: 'answer', status: 413 });
  });

  it('a 413 broken off by a reset is an answer only if it was read whole', async () => {
    const body = 'b'.repeat(5_000_000);
    const rude: Behaviour = (socket) => {
      socket.once('data', () => {
        socket.write(answer('413 Too Large', 'too much'));
        socket.resetAndDestroy();
      });
    };
    for (let turn = 0; turn < 10; turn += 1) {
      const { result } = await exchange(rude, { body });
      if (result.kind === 'answer') expect(textOf(result)).toBe('too much');
      else expect(result).toMatchObject({ kind: 'lost', code: 'net.reset' });
    }
  });
});

describe('the request as it goes out', () => {
  it('once, whole, and with no habit of got', async () => {
    const { received } = await exchange(replying(answer('200 OK')));
    const [head = '', body] = received.split('\r\n\r\n');
    expect(head).toMatch(/^POST \/import\?key=canary-key-5521 HTTP\/1\.1\r\n/);
    expect(head.toLowerCase()).toContain('user-agent: salesq/test');
    expect(head.toLowerCase()).toContain('connection: close');
    expect(head.toLowerCase()).toContain('accept-encoding: gzip, deflate, br');
    expect(head.toLowerCase()).toContain('authorization: basic ');
    expect(head.toLowerCase()).not.toContain('cookie');
    expect(body).toBe('{"lead":"canary-body-2207"}');
  });

  it('bytes as they are; a GET has none; an empty POST says so', async () => {
    const bytes = new Uint8Array([9, 65, 66, 67, 9]).subarray(1, 4);
    expect((await exchange(replying(answer('200 OK')), { body: bytes })).received).toMatch(/\r\n\r\nABC$/);
    const server = await rawServer(replying(answer('200 OK')));
    const plain = { url: `http://127.0.0.1:${server.port}/a`, timeoutMs: 2000, maxBytes: 100 };
    await http.send({ ...plain, method: 'GET' });
    await http.send({ ...plain, method: 'POST' });
    await server.close();
    expect(server.received()).toMatch(/^GET \/a HTTP.*\r\n\r\nPOST \/a HTTP.*content-length: 0.*\r\n\r\n$/is);
  });

  it('past a proxy named in the environment', async () => {
    const proxy = await rawServer(replying(answer('200 OK')));
    const before = { ...process.env };
    try {
      for (const name of ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY']) {
        process.env[name] = `http://127.0.0.1:${proxy.port}`;
      }
      expect((await exchange(replying(answer('200 OK', 'direct')))).received).not.toBe('');
      expect(proxy.connections()).toBe(0);
    } finally {
      process.env = before;
      await proxy.close();
    }
  });
});
