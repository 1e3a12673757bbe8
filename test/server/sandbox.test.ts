import { createServer } from 'node:net';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { LoggedRequest } from '../../src/rehearsal/routes.js';
import { maxBodyBytes } from '../../src/rehearsal/host.js';
import { day, get, importLeads, minute, post, sandbox, standingClock, token, update } from './support.js';

const codeOf = async (started: Promise<unknown>): Promise<string> => {
  const error = await started.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return error instanceof UserError ? error.code : String(error);
};

describe('where it listens', () => {
  it.each(['0.0.0.0', '::', '192.168.0.10', 'example.com', '127.example.com', ''])(
    'refuses %j',
    async (host) => {
      expect(await codeOf(sandbox({ host }))).toBe('sandbox.not-loopback');
    },
  );

  it('says which port is taken', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    expect(await codeOf(sandbox({ port }))).toBe('sandbox.port-in-use');
    other.close();
  });

  it('answers only to loopback names, so that a web page cannot read it', async () => {
    const box = await sandbox();
    const status = await new Promise((done, fail) => {
      request(`${box.url}/_sandbox/contacts`, { headers: { host: 'evil.example.com' } }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      })
        .on('error', fail)
        .end();
    });
    expect(status).toBe(403);
  });
});

describe('its own pages', () => {
  it('tells people what is there, without phones', async () => {
    const box = await sandbox();
    await importLeads(box, { Phone: '491700000555' }, { Phone: '491700000000' });
    box.advance(minute);
    const page = await get(`${box.url}/`);
    expect(page.type).toBe('text/plain; charset=utf-8');
    expect(page.text).toContain(`${box.url}/sales-q`);
    expect(page.text).toContain('Contacted: 2 persons, 0 of them more than once');
    expect(page.text).toMatch(/Not on WhatsApp\s+1\n/);
    expect(page.text).toContain(token);
    expect(page.text).not.toContain('491700000555');
  });

  it('tells programs the same as JSON', async () => {
    const box = await sandbox();
    await importLeads(box, { Phone: '491700000555' });
    const { json } = await get(`${box.url}/`, { accept: 'application/json' });
    expect(json).toMatchObject({ schema: 'salesq/sandbox@1', contacted: 1, twice: 0 });
    expect(json['vendors']).toMatchObject([
      { id: 'sales-q', counts: { imports: 1 }, credentials: { token } },
    ]);
  });

  it('lists who was contacted, most often first, and who twice', async () => {
    const box = await sandbox();
    await importLeads(box, { Phone: '491700000001' }, { Phone: '491700000002' });
    await importLeads(box, { Phone: '+49 170 0000002' });
    const { json } = await get(`${box.url}/_sandbox/contacts`);
    expect(json).toEqual(JSON.parse(JSON.stringify(box.contacts())));
    expect(json['persons']).toMatchObject([
      {
        person: '491700000002',
        times: 2,
        contacts: [{ vendor: 'sales-q', what: 'whatsapp-chat started' }, {}],
      },
      { person: '491700000001', times: 1 },
    ]);
    expect(json['twice']).toEqual([{ person: '491700000002', vendor: 'sales-q', times: 2 }]);
  });

  it('shows the last requests with their bodies and no token', async () => {
    const logged: LoggedRequest[] = [];
    const box = await sandbox({ log: (entry) => logged.push(entry) });
    await post(`${box.url}/sales-q/import`, { token, leads: [{ Phone: '491700000001', Vorname: 'Eva' }] });
    await post(`${box.url}/sales-q/import`, { token: 'somebody\'s "real" token', leads: [] });
    await post(`${box.url}/sales-q/import`, '{"token":"cut off');
    await get(`${box.url}/sales-q/update?token=in-the-query&x=1`, { token: 'in-the-header' });
    const { json, text } = await get(`${box.url}/_sandbox/requests`);
    expect(json['requests']).toMatchObject([
      { number: 1, vendor: 'sales-q', method: 'POST', path: '/import', status: 200 },
      { number: 2, status: 401 },
      { number: 3, status: 400, body: '{"token":"[redacted]"' },
      { number: 4, method: 'GET', path: '/update?token=[redacted]&x=1', headers: { token: '[redacted]' } },
    ]);
    expect(logged[0]?.body).toBe('{"token":"[redacted]","leads":[{"Phone":"491700000001","Vorname":"Eva"}]}');
    expect(logged).toEqual(json['requests']);
    for (const secret of [token, 'somebody', 'cut off', 'in-the-']) expect(text).not.toContain(secret);
  });

  it('starts all over', async () => {
    const box = await sandbox();
    await importLeads(box, { Phone: '491700000001' });
    expect((await post(`${box.url}/_sandbox/reset`, '')).status).toBe(200);
    expect(box.contacts().persons).toEqual([]);
    expect(await update(box)).toEqual([]);
  });

  it('knows no other paths', async () => {
    const box = await sandbox();
    expect((await get(`${box.url}/mmdial/x`)).status).toBe(404);
    expect((await get(`${box.url}/sales-qx/update`)).status).toBe(404);
  });
});

describe('virtual time', () => {
  it('runs as fast as it is told', async () => {
    const clock = standingClock();
    const box = await sandbox({ clock, speed: 60 });
    await importLeads(box, { Phone: '491700000111' });
    expect(await update(box)).toMatchObject([{ Status: 'Not contacted' }]);
    clock.pass(1000);
    expect(await update(box)).toMatchObject([{ Status: 'Open' }]);
  });

  it('jumps on request', async () => {
    const box = await sandbox();
    await importLeads(box, { Phone: '491700000555' });
    const jump = await post(`${box.url}/_sandbox/clock`, { advanceMs: 7 * day });
    expect(jump.json).toEqual({ now: '2026-03-09T09:00:00.000Z' });
    expect(await update(box)).toMatchObject([{ Status: 'Done' }]);
  });

  it.each([{}, { advanceMs: -1 }, { advanceMs: '5' }, { advanceMs: 1e15 }, 'no json', []])(
    'refuses to jump by %j',
    async (body) => {
      const box = await sandbox();
      expect((await post(`${box.url}/_sandbox/clock`, body)).status).toBe(400);
    },
  );
});

describe('bodies', () => {
  it('takes five megabytes and answers 413 to more', async () => {
    const box = await sandbox();
    const sized = (bytes: number): string => `{"pad":"${'x'.repeat(bytes - 10)}"}`;
    expect((await post(`${box.url}/sales-q/import`, sized(maxBodyBytes))).status).toBe(401);
    expect((await post(`${box.url}/sales-q/import`, sized(maxBodyBytes + 1))).status).toBe(413);
  });

  it('keeps the connection of a client', async () => {
    const box = await sandbox();
    const answer = await fetch(`${box.url}/sales-q/update`, { headers: { token } });
    expect(answer.headers.get('connection')).toBe('keep-alive');
    await answer.text();
  });
});
