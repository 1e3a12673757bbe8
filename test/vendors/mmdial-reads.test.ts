import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { Json, JsonObject } from '../../src/core/json.js';
import { Secret } from '../../src/core/secret.js';
import type { VendorContext } from '../../src/core/vendor.js';
import { files } from '../../src/files.js';
import { createHttp } from '../../src/http/client.js';
import mmdial from '../../src/vendors/mmdial/index.js';
import { valuesOf } from '../support/options.js';
import { realClock } from '../support/sandboxed.js';
import { VendorServer } from '../support/vendor-server.js';

interface Documented {
  readonly file: string;
  readonly function: string;
  readonly status: number;
  readonly contentType: string;
}

const folder = 'fixtures/vendors/mmdial/';
const manifest = JSON.parse(readFileSync(`${folder}answers.json`, 'utf8')) as Documented[];

/** Which command asks that function, and with what. */
const asks: Readonly<Record<string, { id: string; args?: readonly string[]; options: JsonObject }>> = {
  searchvoicebyleadid: { id: 'voices', options: { lead: '7' } },
  searchvoicebyphonenumber: { id: 'voices', options: { phone: '01713920010', date: '2026-03-05' } },
  searchvoicebyagent: { id: 'voices', options: { agent: '7' } },
  getfieldsbycampaign: { id: 'fields', options: { campaign: '12' } },
  dncget: { id: 'dnc list', options: {} },
  dnccheck: { id: 'dnc check', args: ['0301234567'], options: {} },
  getleadbyid: { id: 'leads get', options: { id: '7' } },
  getleadbyphonenumber: { id: 'leads get', options: { phone: '01713920010' } },
  getleadbyexternalid: { id: 'leads get', options: { externalId: 'x-7' } },
  getleadbypexternalid: { id: 'leads get', options: { externalId: 'x-7' } },
  addlist: { id: 'lists add', options: { campaign: '12', description: 'Herbst' } },
  getagentbyid: { id: 'agents get', args: ['7'], options: {} },
};

/** What the command must make of each documented answer: the exit code, and how many records, or the error's code. */
const meanings: Readonly<Record<string, { exit: number; records?: number; code?: string }>> = {
  'voices-list.json': { exit: 0 },
  'voices-map.json': { exit: 0 },
  'voices-single.json': { exit: 0, records: 1 },
  'voices-none.json': { exit: 0, records: 0 },
  'voices-url-without-host.json': { exit: 0 },
  'voices-error.json': { exit: 3 },
  'fields.json': { exit: 0 },
  'fields-none.json': { exit: 0, records: 0 },
  'dncget-one-column.csv': { exit: 0 },
  'dncget-header.csv': { exit: 0 },
  'dncget-empty.csv': { exit: 0, records: 0 },
  'dncget-page.html': { exit: 5 },
  'dnccheck-exists.json': { exit: 0, records: 1 },
  'dnccheck-notfound.json': { exit: 0, records: 1 },
  'lead-found.json': { exit: 0, records: 1 },
  'lead-found-text.json': { exit: 0, records: 1 },
  'lead-notfound.json': { exit: 3, records: 0 },
  'leads-by-phone.json': { exit: 0 },
  'leads-by-external.json': { exit: 0 },
  'leads-by-external-old-name.json': { exit: 0 },
  'leads-none.json': { exit: 3, records: 0 },
  'lead-error.json': { exit: 3 },
  'addlist-ok.json': { exit: 0, records: 1 },
  'addlist-ok-text.json': { exit: 0, records: 1 },
  'addlist-error.json': { exit: 3 },
  'agent-found.json': { exit: 0, records: 1 },
  'agent-single.json': { exit: 0, records: 1 },
  'agent-notfound.json': { exit: 3, records: 0 },
};

const fuzzy: Readonly<Record<string, boolean>> = {
  'dnccheck-fuzzy.json': true,
  'dnccheck-fuzzy-numbers.json': true,
  'dnccheck-fuzzy-map.json': true,
  'dnccheck-fuzzy-none.json': false,
};

let server: VendorServer;
beforeAll(async () => {
  server = await VendorServer.start(() => undefined);
});
afterAll(() => server.close());

function serve(answer: Documented): void {
  server.received.length = 0;
  server.answer = ({ url }, response) => {
    const asked = url.replace(/^\//, '').replace(/\?.*$/, '');
    if (asked !== answer.function) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>unknown function</html>');
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.contentType });
    response.end(readFileSync(`${folder}${answer.file}`));
  };
}

async function run(
  name: string,
  extra: JsonObject = {},
): Promise<{ exit: number; records: JsonObject[] | null; document: Json }> {
  const { id, args = [], options } = asks[name] ?? { id: '', options: {} };
  const command = mmdial.commands.find((candidate) => candidate.id === id);
  if (!command) throw new Error(`no command for ${name}`);
  const context: VendorContext = {
    settings: {
      url: server.url,
      perSecond: null,
      concurrency: null,
      timeoutMs: 2_000,
      account: null,
      secrets: { password: new Secret('CANARY-password') },
      values: {
        username: 'ops',
        campaign: 12,
        list: 34,
        countryCode: 49,
        auth: 'auto',
        charset: 'utf-8',
        urlTemplate: '{base}/{function}',
      },
    },
    http: createHttp(),
    clock: { ...realClock, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    warn: () => undefined,
  };
  try {
    const report = await command.run({
      context,
      cwd: '.',
      files,
      args,
      options: valuesOf(command.options, { ...options, ...extra }, context.settings.values),
      list: () => Promise.resolve([]),
    });
    const records: JsonObject[] = [];
    for await (const record of report.records()) records.push(record);
    return { exit: report.exit, records, document: await report.document() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { exit: error.exit, records: null, document: error.code };
  }
}

describe('every documented answer to a read of mmDial', () => {
  it.each(Object.keys(meanings))('%s', async (file) => {
    const answer = manifest.find((candidate) => candidate.file === file);
    if (!answer) throw new Error(`${file} is not in the manifest`);
    serve(answer);
    const result = await run(answer.function);
    const wanted = meanings[file];
    expect(result).toMatchObject({ exit: wanted?.exit });
    if (wanted?.records !== undefined) expect(result.records).toHaveLength(wanted.records);
    expect(JSON.stringify(result)).not.toContain('CANARY');
  });

  it.each(Object.entries(fuzzy))('%s, asked with --fuzzy: listed %s', async (file, listed) => {
    const answer = manifest.find((candidate) => candidate.file === file);
    if (!answer) throw new Error(`${file} is not in the manifest`);
    serve(answer);
    const { records } = await run('dnccheck', { fuzzy: true });
    expect(records?.[0]).toMatchObject({ listed });
    expect(server.received[0]?.url).toContain('fuzzy=yes');
  });

  it('tells a page under an unknown function from nobody found', async () => {
    serve({ file: 'function-unknown.html', function: 'none', status: 404, contentType: 'text/html' });
    expect((await run('getleadbyexternalid')).exit).toBe(5);
    expect(server.received.map(({ url }) => url.replace(/\?.*$/, ''))).toEqual(
      expect.arrayContaining(['/getleadbyexternalid', '/getleadbypexternalid']),
    );
  });
});

describe('what a read of mmDial sends', () => {
  it.each([
    ['getfieldsbycampaign', '/getfieldsbycampaign?campaign_id=12'],
    ['getagentbyid', '/getagentbyid?agentid=7'],
    ['getleadbyid', '/getleadbyid?leadid=7'],
    ['getleadbyphonenumber', '/getleadbyphonenumber?number=01713920010'],
    ['getleadbyexternalid', '/getleadbyexternalid?leadid=x-7'],
    ['dncget', '/dncget'],
    ['dnccheck', '/dnccheck?number=0301234567&fuzzy=no'],
    ['searchvoicebyleadid', '/searchvoicebyleadid?leadid=7'],
    ['searchvoicebyphonenumber', '/searchvoicebyphonenumber?phone=01713920010&date=2026-03-05'],
    ['searchvoicebyagent', '/searchvoicebyagent?agentid=7'],
  ])('%s: GET, as documented, with Basic authentication', async (name, url) => {
    serve({ file: 'lead-found.json', function: name, status: 200, contentType: 'application/json' });
    await run(name);
    expect(server.received[0]).toMatchObject({ method: 'GET', url, body: '' });
    expect(server.received[0]?.headers.authorization).toMatch(/^Basic /);
  });
});
