import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { day } from '../server/support.js';
import type { Api } from './mmdial-twin-support.js';
import { api, ask, basic } from './mmdial-twin-support.js';

const challengeOf = async (at: Api): Promise<string> =>
  (await fetch(`${at.url}/dncget`)).headers.get('www-authenticate') ?? '';

interface Changes {
  readonly algorithm?: 'MD5' | 'SHA-256';
  readonly password?: string;
  readonly uri?: string;
  readonly challenge?: string;
}

/** Logs in as RFC 7616, 3.4 says. */
async function digest(at: Api, target: string, changes: Changes = {}): Promise<Response> {
  const challenge = changes.challenge ?? (await challengeOf(at));
  const nonce = /nonce="([^"]+)"/.exec(challenge)?.[1] ?? '';
  const realm = /realm="([^"]+)"/.exec(challenge)?.[1] ?? '';
  const algorithm = changes.algorithm ?? 'MD5';
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const uri = changes.uri ?? `/mmdial${target}`;
  const secret = hash(`sandbox:${realm}:${changes.password ?? 'sandbox-mmdial-password'}`);
  const response = hash([secret, nonce, '00000001', 'c0ffee', 'auth', hash(`GET:${uri}`)].join(':'));
  const header =
    `Digest username="sandbox", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, ` +
    `qop=auth, nc=00000001, cnonce="c0ffee", response="${response}"`;
  return fetch(`${at.url}${target}`, { headers: { authorization: header } });
}

describe('login', () => {
  it('is wanted for functions and files alike, and refused with a web page that offers both schemes', async () => {
    const at = await api();
    for (const authorization of [
      '',
      'Basic !',
      basic.replace('c', 'd'),
      'Digest username="sandbox"',
      'Bearer x',
    ])
      for (const path of ['/dncget', '/files/voice/7000001.wav', '/nothing']) {
        const refused = await ask(`${at.url}${path}`, { headers: { authorization } });
        expect([refused.status, refused.type]).toEqual([401, 'text/html; charset=iso-8859-1']);
        expect(refused.text).toContain('<html>');
        const challenge = refused.headers.get('www-authenticate') ?? '';
        expect(challenge).toMatch(/Digest .*algorithm=SHA-256.*Digest .*algorithm=MD5.*Basic realm=/);
      }
  });

  it('lets Basic and both kinds of Digest in', async () => {
    const at = await api();
    expect((await at.call('dncget')).status).toBe(200);
    for (const algorithm of ['MD5', 'SHA-256'] as const) {
      const checked = await digest(at, '/dnccheck?number=%2B49%20171&fuzzy=no', { algorithm });
      expect([checked.status, await checked.json()]).toEqual([200, { status: 'notfound' }]);
    }
  });

  it('refuses a digest with another password, for another request, or with an invented nonce', async () => {
    const at = await api();
    const challenge = (await challengeOf(at))
      .replace(/nonce="."/g, 'nonce="z')
      .replace('nonce="', 'nonce="0');
    expect((await digest(at, '/dncget', { password: 'guess' })).status).toBe(401);
    expect((await digest(at, '/dncget', { uri: '/mmdial/dnccheck' })).status).toBe(401);
    expect((await digest(at, '/dncdel?number=1', { uri: '/mmdial/dncdel?number=2' })).status).toBe(401);
    expect((await digest(at, '/dncget', { challenge })).status).toBe(401);
  });

  it('calls an old nonce stale, so that a client logs in anew without asking for a password', async () => {
    const at = await api();
    const challenge = await challengeOf(at);
    expect(challenge).not.toContain('stale');
    expect((await digest(at, '/dncget', { challenge })).status).toBe(200);
    at.box.advance(2 * day);
    const old = await digest(at, '/dncget', { challenge });
    expect(old.status).toBe(401);
    expect(old.headers.get('www-authenticate')).toContain('stale=true');
    expect((await digest(at, '/dncget')).status).toBe(200);
  });
});
