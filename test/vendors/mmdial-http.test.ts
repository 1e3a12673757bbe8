import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.js';
import type { VendorContext } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import {
  Client,
  bestDigest,
  digestAuthorization,
  encodePairs,
  fitsCharset,
  parseChallenges,
  phpArray,
  phpList,
} from '../../src/vendors/mmdial/client.js';
import { textOf } from '../../src/vendors/mmdial/answers.js';
import { findByExternal } from '../../src/vendors/mmdial/leads-get.js';
import { realClock } from '../support/sandboxed.js';
import { type Answering, sendJson, VendorServer } from '../support/vendor-server.js';

/** RFC 7616, 3.9.1, both algorithms of the example. */
const rfc7616 =
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", ' +
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

const mufasa = {
  username: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  count: 1,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};

describe('Digest', () => {
  const [sha, md5] = parseChallenges(rfc7616);

  it('gives the answers of RFC 7616', () => {
    if (!sha || !md5) throw new Error('two challenges');
    expect(digestAuthorization(md5, mufasa)).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
    expect(digestAuthorization(sha, mufasa)).toContain(
      'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"',
    );
    expect(digestAuthorization(sha, mufasa)).toMatch(/nc=00000001, .*qop=auth, .*opaque="FQhe/);
  });

  it('gives the answer of RFC 2617, and of a server without qop', () => {
    const [old] = parseChallenges(
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    if (!old) throw new Error('a challenge');
    const input = { ...mufasa, password: 'Circle Of Life', cnonce: '0a4f113b' };
    expect(digestAuthorization(old, input)).toContain('response="6629fae49393a05397450978507c4ef1"');
    const plain = {
      ...old,
      params: { realm: 'testrealm@host.com', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' },
    };
    expect(digestAuthorization(plain, input)).toContain('response="670fd8c2df070c60b045671b8b24ff02"');
  });

  it('reads several challenges of one header and prefers SHA-256', () => {
    const all = parseChallenges(`Basic realm="a, b=\\"c\\"", ${rfc7616}`);
    expect(all.map(({ scheme }) => scheme)).toEqual(['basic', 'digest', 'digest']);
    expect(all[0]?.params['realm']).toBe('a, b="c"');
    expect(bestDigest([...all].reverse())?.params['algorithm']).toBe('SHA-256');
    expect(bestDigest(parseChallenges('Digest realm="x", nonce="y", algorithm=SHA-512'))).toBeNull();
    expect(bestDigest(parseChallenges('Negotiate'))).toBeNull();
  });
});

const contextOf = (url: string, values = {}): VendorContext => ({
  settings: {
    url,
    perSecond: null,
    concurrency: null,
    timeoutMs: 2_000,
    account: null,
    secrets: { password: new Secret('Circle of Life') },
    values: { username: 'Mufasa', ...values },
  },
  http: createHttp(),
  clock: realClock,
  signal: new AbortController().signal,
  warn: () => undefined,
});

async function withServer<T>(answer: Answering, work: (server: VendorServer) => Promise<T>): Promise<T> {
  const server = await VendorServer.start(answer);
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

describe('the login', () => {
  const digestOnly: Answering = ({ headers }, response) => {
    if (headers.authorization?.startsWith('Digest')) return sendJson(response, { status: 'ok' });
    sendJson(response, {}, 401, { 'www-authenticate': rfc7616 });
  };

  it('is Basic, and Digest where a 401 offers nothing else; then at once, counting on', () =>
    withServer(digestOnly, async (server) => {
      const client = new Client(contextOf(server.url));
      await client.call({ name: 'addlist', form: [['a', 'b']] });
      await client.call({ name: 'dncget' });
      const sent = server.received.map(({ headers }) => headers.authorization ?? '');
      expect(sent.map((header) => header.split(' ')[0])).toEqual(['Basic', 'Digest', 'Digest']);
      expect(sent[1]).toContain('uri="/addlist"');
      expect(sent[1]).toContain('nc=00000001');
      expect(sent[2]).toContain('nc=00000002');
      expect(server.received.map(({ body }) => body)).toEqual(['a=b', 'a=b', '']);
    }));

  it('is never sent as Basic where the profile says digest, nor answered twice', () =>
    withServer(
      (_request, response) => sendJson(response, {}, 401, { 'www-authenticate': rfc7616 }),
      async (server) => {
        const result = await new Client(contextOf(server.url, { auth: 'digest' })).call({ name: 'dncget' });
        expect(result).toMatchObject({ kind: 'answer', status: 401 });
        expect(server.received.map(({ headers }) => headers.authorization?.split(' ')[0])).toEqual([
          undefined,
          'Digest',
        ]);
      },
    ));

  it('refused as Basic is refused, also where Digest is offered beside it', () =>
    withServer(
      (_request, response) =>
        sendJson(response, {}, 401, { 'www-authenticate': `Basic realm="x", ${rfc7616}` }),
      async (server) => {
        await new Client(contextOf(server.url)).call({ name: 'dncget' });
        expect(server.received).toHaveLength(1);
      },
    ));

  it('is blotted out of an answer that repeats it, as the password and as Basic writes it', () =>
    withServer(
      ({ headers }, response) =>
        sendJson(response, { status: 'error', message: `${headers.authorization}; Circle of Life` }),
      async (server) => {
        const result = await new Client(contextOf(server.url)).call({ name: 'dncget' });
        const text = result.kind === 'answer' ? textOf(result.body) : '';
        expect(text).toBe('{"status":"error","message":"Basic [secret]; [secret]"}');
      },
    ));

  it('answers a nonce that grew old once more', () => {
    let nonce = 0;
    const stale: Answering = ({ headers }, response) => {
      if (headers.authorization?.includes('nonce="n2"')) return sendJson(response, {});
      nonce += 1;
      sendJson(response, {}, 401, {
        'www-authenticate': `Digest realm="x", qop="auth", nonce="n${nonce}"${nonce > 1 ? ', stale=true' : ''}`,
      });
    };
    return withServer(stale, async (server) => {
      const client = new Client(contextOf(server.url, { auth: 'digest' }));
      expect(await client.call({ name: 'dncget' })).toMatchObject({ status: 200 });
    });
  });
});

describe('what is sent', () => {
  it('is encoded byte by byte, in the charset of the profile', () => {
    const pairs = [
      ...phpArray('leaddata', { ort: 'Görlitz & Co', phone: '+49' }),
      ...phpList('status', ['A B', '*-._~']),
    ];
    expect(encodePairs(pairs, 'utf-8')).toBe(
      'leaddata%5Bort%5D=G%C3%B6rlitz+%26+Co&leaddata%5Bphone%5D=%2B49&status%5B%5D=A+B&status%5B%5D=*-._%7E',
    );
    expect(encodePairs([['ort', 'Görlitz']], 'iso-8859-1')).toBe('ort=G%F6rlitz');
    expect(fitsCharset('Görlitz', 'iso-8859-1')).toBe(true);
    expect(fitsCharset('Łódź', 'iso-8859-1')).toBe(false);
    expect(fitsCharset('a\ud800', 'utf-8')).toBe(false);
  });

  it('goes where the template says', () =>
    withServer(
      (_request, response) => sendJson(response, {}),
      async (server) => {
        const client = new Client(
          contextOf(`${server.url}/api`, { urlTemplate: '{base}/index.php?f={function}' }),
        );
        await client.call({ name: 'dnccheck', query: [['number', '+49']] });
        expect(server.received[0]?.url).toBe('/api/index.php?f=dnccheck&number=%2B49');
      },
    ));
});

describe('what comes back', () => {
  it('is read as UTF-8, else in the charset it names, else as windows-1252', () => {
    const utf8 = new TextEncoder().encode('Größe');
    expect(textOf(utf8, 'text/html; charset=iso-8859-1')).toBe('Größe');
    expect(textOf(new Uint8Array([0x47, 0xf6, 0x80]))).toBe('Gö€');
    expect(textOf(new Uint8Array([0xf6]), 'text/csv; charset=no-such')).toBe('ö');
    expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x41]))).toBe('A');
  });

  it('of the external id comes from the old function where the new one is not usable, not where it finds nothing', async () => {
    const ask = (answer: Answering) =>
      withServer(answer, async (server) => {
        const found = await findByExternal(new Client(contextOf(server.url)), 'k1');
        return [found.length, server.received.map(({ url }) => url)];
      });
    const old: Answering = ({ url }, response) =>
      url.startsWith('/getleadbypexternalid')
        ? sendJson(response, { status: 'found', lead_data: [{ leadid: 1 }], formdata: [[]] })
        : void response.writeHead(200).end('<html>');
    expect(await ask(old)).toEqual([
      1,
      ['/getleadbyexternalid?leadid=k1', '/getleadbypexternalid?leadid=k1'],
    ]);
    const none: Answering = (_request, response) => sendJson(response, { status: 'notfound' });
    expect(await ask(none)).toEqual([0, ['/getleadbyexternalid?leadid=k1']]);
  });
});
