import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import type { CommandInput, VendorCommand } from '../../src/core/vendor.js';
import { files } from '../../src/files.js';
import { createHttp } from '../../src/http/client.js';
import { readBlocked } from '../../src/vendors/mmdial/dnc-lists.js';
import {
  fileAddress,
  isInside,
  readVoices,
  safeNames,
  soundExtension,
  voiceTime,
} from '../../src/vendors/mmdial/download.js';
import { germanDate, isoDate, stamp, wallTime } from '../../src/vendors/mmdial/notation.js';
import { exportCall, exportLeads, recordsOf } from '../../src/vendors/mmdial/export.js';
import { voiceCall, voices } from '../../src/vendors/mmdial/voices.js';
import { encodePairs } from '../../src/vendors/mmdial/client.js';
import { textOf } from '../../src/vendors/mmdial/answers.js';
import { addList } from '../../src/vendors/mmdial/campaigns.js';
import type { Given } from '../../src/commands/options.js';
import type { Specs } from '../../src/core/value.js';
import { valuesOf } from '../support/options.js';
import { realClock } from '../support/sandboxed.js';
import type { Answering } from '../support/vendor-server.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';

const fixture = (name: string): Promise<Buffer> => readFile(`fixtures/vendors/mmdial/${name}`);

let folder: string;
let server: VendorServer;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-mmdial-'));
  server = await VendorServer.start((_request, response) => sendJson(response, {}));
  warnings = [];
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const run = <S extends Specs>(command: VendorCommand<S>, given: Given) => {
  const input: CommandInput<S> = {
    context: {
      settings: {
        url: `${server.url}/api`,
        perSecond: null,
        concurrency: null,
        timeoutMs: 2_000,
        account: null,
        secrets: {},
        values: { username: 'ops', campaign: 12 },
      },
      http: createHttp(),
      clock: realClock,
      signal: new AbortController().signal,
      warn: (message) => void warnings.push(message),
    },
    cwd: folder,
    files,
    args: [],
    options: valuesOf(command.options, given, { campaign: 12 }),
    list: () => Promise.resolve([]),
  };
  return command.run(input);
};

describe('the list of blocked numbers', () => {
  it('is read in any shape: with and without header, one column or several, any separator', async () => {
    const one = await readBlocked(textOf(await fixture('dncget-one-column.csv')));
    expect(one).toEqual({
      numbers: ['+491713920011', '01713920098', '004917604069098', '4917604069099'],
      odd: 0,
    });
    const header = await readBlocked(textOf(await fixture('dncget-header.csv')));
    expect(header).toEqual({ numbers: ['+491713920011', '01713920098'], odd: 0 });
    for (const separator of [',', '\t', ';']) {
      const text =
        ['datum', 'nummer', 'grund'].join(separator) +
        '\r\n' +
        ['01.02.2026', '0171 3920011', 'x'].join(separator);
      const { numbers } = await readBlocked(text);
      expect(numbers).toEqual(['01713920011']);
    }
  });

  it('is no list where it is a web page, JSON or text; empty where it is empty', async () => {
    for (const text of ['<html>', '{"status":"error"}', ' [1]', 'Fehler\nkeine Datenbank'])
      await expect(readBlocked(text)).rejects.toMatchObject({ exit: 5 });
    expect(await readBlocked('')).toEqual({ numbers: [], odd: 0 });
    expect(await readBlocked('\ufeffnummer;datum\n')).toEqual({ numbers: [], odd: 0 });
  });
});

describe('addresses of files', () => {
  const base = 'https://login.example.com/api';
  const to = (addresses: readonly string[]) => () => Promise.resolve(addresses);
  const judged = (url: string, addresses = ['93.184.216.34'], home = base) =>
    fileAddress(url, home, to(addresses));

  it('get the login only on the own server, relative ones included', async () => {
    expect(await judged('/files/1.csv')).toEqual({ url: 'https://login.example.com/files/1.csv', own: true });
    expect(await judged('x.csv')).toEqual({ url: `${base}/x.csv`, own: true });
    expect(await judged('http://login.example.com/1.wav')).toEqual({
      url: 'https://login.example.com/1.wav',
      own: true,
    });
    expect(await judged('https://login.example.com:8443/1.wav')).toMatchObject({ own: false });
    expect(await judged('https://files.example.com/1.wav')).toMatchObject({ own: false });
    expect(await judged('/1', [], 'http://127.0.0.1:4180/mmdial')).toMatchObject({ own: true });
  });

  it.each([
    'http://files.example.com/1.wav',
    'file:///etc/passwd',
    'ftp://files.example.com/1',
    'https://user:pw@files.example.com/1',
    'https://127.0.0.1/1',
    'https://2130706433/1',
    'https://0x7f.1/1',
    'https://[::1]/1',
    'https://[::ffff:10.0.0.1]/1',
    'https://[fe80::1]/1',
    'https://169.254.169.254/latest/meta-data',
    'https://10.1.2.3/1',
    'https://172.31.0.1/1',
    'https://192.168.0.1/1',
    'https://100.64.0.1/1',
    'https://0.0.0.0/1',
  ])('%s is refused', async (url) => {
    const resolve = (host: string) => Promise.resolve([host]);
    await expect(fileAddress(url, base, resolve)).rejects.toMatchObject({ code: 'vendor.unsafe-url' });
  });

  it('are refused where any address of the name is inside, or none is known', async () => {
    await expect(judged('https://evil.example.com/1', ['93.184.216.34', '10.0.0.1'])).rejects.toThrow(
      /own network/,
    );
    await expect(judged('https://gone.example.com/1', [])).rejects.toThrow(/not known/);
    await expect(judged('http://127.0.0.1:22/', [], 'http://127.0.0.1:4180')).rejects.toThrow(/own network/);
    expect(['8.8.8.8', '2a00:1450:4001::1', '172.32.0.1'].map(isInside)).toEqual([false, false, false]);
    expect(['fd00::1', '2002:0a00:0001::', 'name'].map(isInside)).toEqual([true, true, true]);
  });
});

describe('names of recordings', () => {
  const voice = (recid: string, timestamp = '') => readVoices([{ recid, timestamp, url: '../../x' }])[0]!;

  it('are made of ids and time, never of what a server could mean by a path', () => {
    expect(
      safeNames([voice('11', '20260302100100'), voice('../../etc/passwd'), voice('a\u0000b/c'), voice('')]),
    ).toEqual(['voice-11-2026-03-02T10-01-00', 'voice-etc-passwd', 'voice-a-b-c', 'voice']);
    expect(safeNames([voice('A'), voice('a'), voice('A')])).toEqual(['voice-A', 'voice-a-2', 'voice-A-3']);
  });

  it('end in what the bytes are', () => {
    expect(soundExtension(Buffer.from('RIFF....WAVE'))).toBe('wav');
    expect(soundExtension(Buffer.from([0xff, 0xfb, 0x90]))).toBe('mp3');
    expect(soundExtension(Buffer.from('\n <html>'))).toBeNull();
  });

  it('come from a list, a map or a single object', async () => {
    for (const [name, count] of [
      ['voices-list.json', 2],
      ['voices-map.json', 3],
      ['voices-single.json', 1],
      ['voices-none.json', 0],
    ] as const) {
      const body = JSON.parse((await fixture(name)).toString()) as JsonObject;
      expect(readVoices(body['voices'])).toHaveLength(count);
    }
    expect(voiceTime('20260302100100')).toBe('2026-03-02T10:01:00');
    expect(voiceTime('1772442060')).toMatch(/^2026-03-02T09:01:00Z$/);
    expect(voiceTime('2026-03-02 10:01:00')).toBe('2026-03-02T10:01:00');
  });
});

describe('dates', () => {
  it('are ISO in, and what each function wants out', () => {
    const read = (text: string) => {
      const result = wallTime.read(text, { from: 'option' });
      return result.ok ? result.value : undefined;
    };
    const at = read('2024-03-05T08:07:06');
    if (!at) throw new Error('no time was read');
    expect([germanDate(at), isoDate(at), stamp(at)]).toEqual(['05.03.2024', '2024-03-05', '20240305080706']);
    expect(read('2024-07-01T00:30:00Z')).toMatchObject({ day: 1, time: '02:30:00' });
    expect(read('2024-01-31T23:30:00Z')).toMatchObject({ month: 2, day: 1, time: '00:30:00' });
    for (const bad of ['05.03.2024', '2024-02-30', '2024-13-01', 'gestern'])
      expect(read(bad)).toBeUndefined();
  });

  it('and flags become the arguments of the document', () => {
    const exporting = (given: Given, fields: readonly string[]) =>
      exportCall(valuesOf(exportLeads.options, given, { campaign: 12 }), fields);
    const voice = (given: Given) => voiceCall(valuesOf(voices.options, given));
    const call = exporting(
      {
        status: ['A', 'B C'],
        dateType: 'last_phone',
        from: '2024-03-05',
        to: '2024-03-06T12:00:00',
      },
      ['customerfield_phone', 'customerfield_ort', 'webformfield_Tarif'],
    );
    expect(encodePairs(call.query ?? [], 'utf-8')).toBe(
      'campaign_id=12&status%5B%5D=A&status%5B%5D=B+C&datetype=last_phone&fromdate=05.03.2024&todate=06.03.2024' +
        '&totime=12%3A00%3A00&selectedfields=customerfield_phone%2Ccustomerfield_ort%2Cwebformfield_Tarif&encoding=UTF-8',
    );
    const long = exporting({}, ['x'.repeat(1_001)]);
    expect([long.query, long.form?.map(([name]) => name)]).toEqual([
      [['campaign_id', '12']],
      ['selectedfields', 'encoding'],
    ]);
    expect(voice({ phone: '0171', date: '2024-03-05' }).query).toEqual([
      ['phone', '0171'],
      ['date', '2024-03-05'],
    ]);
    expect(voice({ agent: '7', date: '2024-03-05T08:00' }).query?.[1]).toEqual([
      'timestamp',
      '20240305080000',
    ]);
    expect(() => voice({ lead: '1', phone: '2' })).toThrow(/one of/);
  });
});

const exporting =
  (body: Uint8Array, answer: JsonObject = {}): Answering =>
  ({ url, headers }, response) => {
    if (url.startsWith('/api/getfields')) return sendJson(response, { fields: [{ name: 'Tarif' }] });
    if (!url.startsWith('/api/exportbystatus'))
      return void response.writeHead(headers.authorization ? 200 : 401).end(body);
    sendJson(response, {
      status: 'ok',
      file_id: '5',
      size: String(body.length),
      url: '/files/5.csv',
      ...answer,
    });
  };

describe('an export', () => {
  it('is written as UTF-8, whole or not at all, and its records are printed without --out', async () => {
    const csv = await fixture('export-utf8.csv');
    server.answer = exporting(csv, { broken_data_count: '2' });
    const report = await run(exportLeads, { out: 'leads.csv' });
    expect(await report.document()).toMatchObject({ count: 2, broken: 2, bytes: csv.length });
    expect(await readFile(path.join(folder, 'leads.csv'))).toEqual(csv);
    expect(warnings.join()).toMatch(/2 records/);
    const printed = await run(exportLeads, {});
    expect(await printed.document()).toMatchObject({
      leads: [
        { customerfield_phone: '01713920010', customerfield_last_name: 'Groß' },
        { customerfield_last_name: 'Müller "Käfer"; Söhne' },
      ],
    });
    expect(printed.columns[0]).toMatchObject({ title: 'customerfield_phone', kind: 'phone' });
  });

  it('in ISO-8859-1 all the same is turned into UTF-8, and said', async () => {
    server.answer = exporting(await fixture('export-latin1.csv'));
    await run(exportLeads, { out: 'leads.csv' });
    expect((await readFile(path.join(folder, 'leads.csv'))).toString()).toContain('Groß');
    expect(warnings.join()).toMatch(/not UTF-8/);
  });

  it('of another size, or a web page, is not taken; nothing is left behind', async () => {
    server.answer = exporting(Buffer.from('a;b\n'), { size: '9999' });
    await expect(run(exportLeads, { out: 'x.csv' })).rejects.toMatchObject({
      code: 'vendor.size-mismatch',
      exit: 5,
    });
    server.answer = exporting(Buffer.from('<html>'));
    await expect(run(exportLeads, { out: 'x.csv' })).rejects.toMatchObject({ exit: 5 });
    server.answer = exporting(Buffer.from('a'), { url: 'http://169.254.169.254/x' });
    await expect(run(exportLeads, { out: 'x.csv' })).rejects.toMatchObject({ code: 'vendor.unsafe-url' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps columns of one name apart', () => {
    expect(
      recordsOf([
        ['a', 'a'],
        ['1', '2', '3'],
      ]),
    ).toEqual([{ a: '1', 'a (2)': '2', 'column 3': '3' }]);
  });
});

describe('recordings', () => {
  const sound = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(5_000_000, 7)]);
  const offered = (more: JsonObject = {}) => ({
    status: 'ok',
    voices: {
      recid: '11',
      timestamp: '20260302100100',
      available: 'yes',
      url: '/files/../../11.wav',
      size: sound.length,
      ...more,
    },
  });
  const ranged: Answering = ({ url, headers }, response) => {
    if (url.startsWith('/api/search')) return sendJson(response, offered());
    const [, from = '0', to = '0'] = /bytes=(\d+)-(\d+)/.exec(headers.range ?? '') ?? [];
    const body = sound.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + body.length - 1}/${sound.length}`;
    response.writeHead(206, { 'content-range': range }).end(body);
  };
  const download = () => run(voices, { lead: '10001', download: 'rec' });
  const stored = path.join('rec', 'voice-11-2026-03-02T10-01-00');

  it('are fetched piece by piece, kept as they are, and listed in a manifest', async () => {
    server.answer = ranged;
    const report = await download();
    expect(report.exit).toBe(0);
    expect(sound.equals(await readFile(path.join(folder, `${stored}.wav`)))).toBe(true);
    const files = server.received.filter(({ url }) => !url.startsWith('/api'));
    expect(files.map(({ headers }) => headers.range)).toEqual(['bytes=0-4194303', 'bytes=4194304-8388607']);
    const manifest = JSON.parse(
      await readFile(path.join(folder, 'rec', 'manifest.json'), 'utf8'),
    ) as JsonObject;
    expect(manifest).toMatchObject({
      voices: [{ recid: '11', file: 'voice-11-2026-03-02T10-01-00.wav', bytes: sound.length }],
    });
    await download();
    expect(server.received.filter(({ url }) => !url.startsWith('/api'))).toHaveLength(2);
  });

  it('go on from a .part, and begin again where the server knows no ranges', async () => {
    server.answer = ranged;
    await download();
    await rm(path.join(folder, `${stored}.wav`));
    await writeFile(path.join(folder, `${stored}.part`), sound.subarray(0, 4_999_000));
    await download();
    expect(server.received.at(-1)?.headers.range).toMatch(/^bytes=4999000-/);
    expect(sound.equals(await readFile(path.join(folder, `${stored}.wav`)))).toBe(true);
    await rm(path.join(folder, `${stored}.wav`));
    await writeFile(path.join(folder, `${stored}.part`), 'something else');
    server.answer = ({ url }, response) =>
      url.startsWith('/api/search') ? sendJson(response, offered()) : void response.end(sound);
    await download();
    expect(sound.equals(await readFile(path.join(folder, `${stored}.wav`)))).toBe(true);
  });

  it('that are cut, gone, a web page or elsewhere inside are a problem of that recording', async () => {
    const problem = async (answer: Answering): Promise<unknown> => {
      server.answer = answer;
      const report = await download();
      expect(report.exit).toBe(3);
      const [record] = ((await report.document()) as { voices: JsonObject[] }).voices;
      expect((await readdir(path.join(folder, 'rec'))).filter((name) => name !== 'manifest.json')).toEqual(
        [],
      );
      return record?.['code'];
    };
    const serving =
      (body: string, more: JsonObject = {}): Answering =>
      ({ url }, response) =>
        url.startsWith('/api/search') ? sendJson(response, offered(more)) : void response.end(body);
    expect(await problem(serving('RIFF'))).toBe('vendor.size-mismatch');
    expect(await problem(serving('<html>', { size: '6' }))).toBe('vendor.unreadable-answer');
    expect(await problem(serving('', { available: 'no' }))).toBe('vendor.not-available');
    expect(await problem(serving('', { url: 'http://127.0.0.1:1/x' }))).toBe('vendor.unsafe-url');
  });
});

describe('a new list', () => {
  const add = () => run(addList, { description: 'März A' });

  it('is posted once, under the spelling of the document', async () => {
    server.answer = (_request, response) => sendJson(response, { status: 'ok', listid: 321 });
    expect(await (await add()).document()).toMatchObject({ listid: '321' });
    expect(server.received).toMatchObject([
      { method: 'POST', url: '/api/addlist', body: 'campaignID=12&description=M%C3%A4rz+A' },
    ]);
  });

  it.each<[string, number, Answering]>([
    ['lost', 7, (_request, _response, socket) => void socket.destroy()],
    ['a server error', 7, (_request, response) => sendJson(response, {}, 500)],
    ['a web page', 7, (_request, response) => void response.end('<html>')],
    ['ok without an id', 7, (_request, response) => sendJson(response, { status: 'ok' })],
    ['refused', 3, (_request, response) => sendJson(response, { status: 'error', reason: 'x' })],
    ['refused login', 4, (_request, response) => sendJson(response, {}, 401)],
    ['slow down', 5, (_request, response) => sendJson(response, {}, 429)],
  ])('%s is exit %i and is not repeated', async (_name, exit, answer) => {
    server.answer = answer;
    await expect(add()).rejects.toMatchObject({ exit });
    expect(server.received).toHaveLength(1);
  });
});
