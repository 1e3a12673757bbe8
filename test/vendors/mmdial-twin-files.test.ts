import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.js';
import { day } from '../server/support.js';
import type { Answered, Api } from './mmdial-twin-support.js';
import { api, ask, plain } from './mmdial-twin-support.js';

const fileUrl = (at: Api, item: JsonObject): string => new URL(plain(item['url']), at.url).href;

/** Recordings in whatever form they come. */
function voicesOf({ json }: Answered): JsonObject[] {
  expect(json['status']).toBe('ok');
  const voices = json['voices'] as JsonObject | JsonObject[];
  if (Array.isArray(voices)) return voices;
  return 'recid' in voices ? [voices] : (Object.values(voices) as JsonObject[]);
}

describe('recordings', () => {
  it('come as object, list or map by their count', async () => {
    const at = await api();
    const forms = await Promise.all(
      ['10004', '10001', '10002', '10003'].map(async (leadid) => {
        const answer = await at.call('searchvoicebyleadid', { leadid });
        const voices = answer.json['voices'] as JsonObject;
        const form = Array.isArray(voices) ? 'list' : 'recid' in voices ? 'object' : 'map';
        return [form, voicesOf(answer).length];
      }),
    );
    expect(forms).toEqual([
      ['list', 0],
      ['object', 1],
      ['list', 2],
      ['map', 3],
    ]);
  });

  it('are WAV files that play: a right header, the documented size and length, sound in it', async () => {
    const at = await api();
    await at.call('addlead', {}, { ...lead, 'leaddata[phone]': '03023125555' });
    at.box.advance(day);
    const answer = await at.call('searchvoicebyphonenumber', { phone: '03023125555' });
    const [voice = {}] = voicesOf(answer);
    expect(voice['available']).toBe('yes');
    const { status, type, bytes } = await ask(fileUrl(at, voice));
    expect([status, type]).toEqual([200, 'audio/x-wav']);
    expect(bytes.length).toBe(Number(voice['size']));
    expect(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 16)).toBe('RIFFWAVEfmt ');
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
    const format = {
      pcm: bytes.readUInt16LE(20),
      channels: bytes.readUInt16LE(22),
      hertz: bytes.readUInt32LE(24),
    };
    expect(format).toEqual({ pcm: 1, channels: 1, hertz: 8000 });
    expect([bytes.readUInt32LE(28), bytes.readUInt16LE(32), bytes.readUInt16LE(34)]).toEqual([16000, 2, 16]);
    expect(bytes.toString('latin1', 36, 40)).toBe('data');
    expect(bytes.readUInt32LE(40)).toBe(bytes.length - 44);
    expect((bytes.length - 44) / 16000).toBe(Number(voice['length']));
    const samples = new Int16Array(
      bytes.buffer.slice(bytes.byteOffset + 44, bytes.byteOffset + bytes.length),
    );
    const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(loudest).toBeGreaterThan(7_000);
    expect(loudest).toBeLessThan(32_767);
  });

  it('are not there at once and not for ever', async () => {
    const at = await api();
    await at.call('addlead', {}, { ...lead, 'leaddata[phone]': '03023125777' });
    const seen = async (): Promise<[unknown, number]> => {
      const [voice = {}] = voicesOf(await at.call('searchvoicebyphonenumber', { phone: '03023125777' }));
      return [voice['available'], (await ask(fileUrl(at, voice))).status];
    };
    at.box.advance(5 * 60_000);
    expect(await seen()).toEqual(['no', 404]);
    at.box.advance(15 * 60_000);
    expect(await seen()).toEqual(['yes', 200]);
    at.box.advance(91 * day);
    expect(await seen()).toEqual(['no', 404]);
  });

  it('are found by agent, day and second', async () => {
    const at = await api();
    const all = voicesOf(await at.call('searchvoicebyagent', { agentid: '8' }));
    expect(all.length).toBeGreaterThan(3);
    expect(all.every(({ agentid }) => plain(agentid) === '8')).toBe(true);
    const timestamp = plain(all[0]?.['timestamp']);
    expect(timestamp).toMatch(/^20\d{12}$/);
    const date = timestamp.replace(/^(\d{4})(\d\d)(\d\d).*/, '$1-$2-$3');
    const ids = async (query: Record<string, string>): Promise<unknown[]> =>
      voicesOf(await at.call('searchvoicebyagent', { agentid: '8', ...query })).map(({ voiceid }) => voiceid);
    expect(await ids({ date })).toContain(all[0]?.['voiceid']);
    expect(await ids({ timestamp })).toContain(all[0]?.['voiceid']);
    expect(await ids({ date: '2001-01-01' })).toEqual([]);
    for (const wrong of [{ date: '31.01.2026' }, { date: '2026-02-30' }, { timestamp: '2026030210000' }]) {
      const { json } = await at.call('searchvoicebyagent', { agentid: '8', ...wrong });
      expect(json).toEqual({ status: 'error', msg: expect.stringContaining('must be') as string });
    }
  });

  it('go on where a download broke off', async () => {
    const at = await api();
    const voices = voicesOf(await at.call('searchvoicebyagent', { agentid: '7' }));
    const url = fileUrl(at, voices.find(({ available }) => available === 'yes') ?? {});
    const { bytes: whole, headers } = await ask(url);
    const part = (range: string, more = {}): Promise<Answered> => ask(url, { headers: { range, ...more } });
    const etag = headers.get('etag') ?? '';
    const rest = await part('bytes=1000-', { 'if-range': etag });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes 1000-${whole.length - 1}/${whole.length}`);
    expect(rest.bytes.equals(whole.subarray(1000))).toBe(true);
    expect((await part('bytes=0-43')).bytes.equals(whole.subarray(0, 44))).toBe(true);
    expect((await part('bytes=-10')).bytes.equals(whole.subarray(-10))).toBe(true);
    const beyond = await part(`bytes=${whole.length}-`);
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`]);
    expect((await part('bytes=10-', { 'if-range': '"another"' })).status).toBe(200);
    expect((await part('bytes=5-2')).status).toBe(200);
    expect((await part('lines=1-2')).status).toBe(200);
  });
});

const lead = {
  campaign_id: '12',
  list_id: '34',
  country_phone_code: '49',
  invalidcheck: 'yes',
  doubletcheck_global: 'yes',
  doubletcheck_campaign: 'yes',
};

const fields = 'customerfield_phone,customerfield_first_name,customerfield_notices,webformfield_Zählernummer';

describe('exportbystatus', () => {
  const exported = async (at: Api, query: Parameters<Api['call']>[1], form?: Parameters<Api['call']>[2]) => {
    const { json } = await at.call('exportbystatus', { campaign_id: '12', ...query }, form);
    if (json['status'] !== 'ok') return { json, bytes: Buffer.alloc(0), rows: 0 };
    const { bytes } = await ask(fileUrl(at, json));
    expect(bytes.length).toBe(Number(json['size']));
    return { json, bytes, rows: bytes.toString('latin1').trimEnd().split('\r\n').length - 1 };
  };

  it('writes what can be written in the encoding asked for and counts the rest', async () => {
    const at = await api();
    const latin = await exported(at, { selectedfields: fields });
    const windows = await exported(at, { encoding: 'windows-1252' }, { selectedfields: fields });
    const utf8 = await exported(at, {}, { selectedfields: fields, encoding: 'UTF-8' });
    expect(latin.rows).toBe(40);
    expect(latin.bytes.toString('latin1')).toContain('Jürgen');
    expect(windows.bytes.includes(0x80)).toBe(true);
    expect(utf8.bytes.toString('utf8')).toMatch(/^customerfield_phone;.*;webformfield_Zählernummer\r\n/);
    expect(utf8.bytes.toString('utf8')).toContain('Łukasz');
    const broken = [latin, windows, utf8].map(({ json }) => Number(json['broken_data_count']));
    expect(broken[0]).toBeGreaterThan(broken[1] ?? 0);
    expect(broken[1]).toBeGreaterThan(0);
    expect(broken[2]).toBe(0);
    expect((await ask(fileUrl(at, latin.json))).type).toBe('text/csv; charset=ISO-8859-1');
  });

  it('picks by status and time', async () => {
    const at = await api();
    const rows = async (query: Record<string, string | string[]>): Promise<number> =>
      (await exported(at, { selectedfields: 'customerfield_status', ...query })).rows;
    const [sale, refused] = [await rows({ 'status[]': 'SALE' }), await rows({ 'status[]': 'NI' })];
    expect(sale).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
    expect(await rows({ 'status[]': ['SALE', 'NI'] })).toBe(sale + refused);
    expect(await rows({ 'status[]': 'NONE' })).toBe(0);
    expect(await rows({ fromdate: '02.03.2026', datetype: 'imported_date' })).toBe(0);
    await at.add('03023125555');
    expect(await rows({ fromdate: '02.03.2026' })).toBe(1);
    expect(await rows({ fromdate: '2.3.2026', 'datetype[]': ['imported_date', 'last_edit'] })).toBe(1);
    // 9 o'clock in UTC is 10 in Germany.
    const until = (totime: string): Promise<number> =>
      rows({ fromdate: '02.03.2026', todate: '02.03.2026', totime });
    expect([await until('09:59:59'), await until('10:00:00')]).toEqual([0, 1]);
    expect(await rows({ todate: '01.03.2026' })).toBe(40);
  });

  it.each<Record<string, string>>([
    {},
    { selectedfields: 'phone' },
    { selectedfields: 'customerfield_nothing' },
    { selectedfields: fields, status: 'SALE' },
    { selectedfields: fields, datetype: 'toString' },
    { selectedfields: fields, fromdate: '2026-03-02' },
    { selectedfields: fields, fromdate: '31.02.2026' },
    { selectedfields: fields, fromdate: '01.03.2026', fromtime: '9:00' },
    { selectedfields: fields, encoding: 'UTF-16' },
    { selectedfields: fields, campaign_id: '99' },
  ])('answers error to %j', async (query) => {
    expect((await exported(await api(), query)).json).toEqual({ status: 'error' });
  });

  it('keeps the last twenty files', async () => {
    const at = await api();
    const first = await exported(at, { selectedfields: fields });
    for (let count = 0; count < 19; count += 1) await exported(at, { selectedfields: fields });
    expect((await ask(fileUrl(at, first.json))).status).toBe(200);
    await exported(at, { selectedfields: fields });
    expect((await ask(fileUrl(at, first.json))).status).toBe(404);
  });
});
