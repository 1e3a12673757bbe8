/** Ways a listed number once left all the same, each as it was found: one line typed after another. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answerer, Recorded } from '../contract/wire/recorder.js';
import { WireRecorder } from '../contract/wire/recorder.js';
import { comunik8, mmDial, salesQ } from '../contract/wire/stand-ins.js';
import { Desk, type Finished } from '../support/program.js';

const env = { T: 'test-token-0001', K: 'test-key-0001', P: 'test-password-0001' };
const config = (url: string): string => `defaultProfile: bar
profiles:
  bar:
    country: DE
    vendors:
      sales-q:  { url: ${url}/sq, token: "env:T", rate: 1000/s }
      comunik8: { url: ${url}/c8, key: "env:K", type: motor-trade, rate: 1000/s }
      mmdial:   { url: ${url}/mm/api/, username: ops, password: "env:P", campaign: 12, list: 34, rate: 1000/s }
`;

const listed = '+491713920622';
/** The digits of that number in any notation. */
const digits = '1713920622';
const vienna = {
  leadid: '9003',
  country_phone_code: '43',
  phone: '06641234567',
  alt_phone: '',
  status: 'OLD',
};
/** Leads whose country mmDial does not tell: a number as it is dialled at home, and one with the code and no plus. */
const graz = { leadid: '9004', phone: '06641234567', alt_phone: '', status: 'OLD' };
const linz = { leadid: '9005', phone: '436641234567', alt_phone: '', status: 'OLD' };
const known = {
  leadid: '9001',
  country_phone_code: '49',
  phone: '01713920610',
  alt_phone: '',
  status: 'OLD',
};
const hers = {
  leadid: '9002',
  country_phone_code: '49',
  phone: '01713920611',
  alt_phone: `0${digits}`,
  status: 'OLD',
};
const id = '5b929a13e7c7543ce399ea17';

/** All three vendors at one address; everybody is taken. */
function vendorsOf(): Answerer {
  const mine: Readonly<Record<string, Answerer>> = {
    sq: salesQ({}, { [id]: { Phone: listed.slice(1), Status: 'Open', state: 2, id } }),
    c8: comunik8(),
    mm: mmDial({ leads: [known, hers, vienna, graz, linz] }),
  };
  return (request, own) => {
    const [, vendor = '', rest = ''] = /^\/(\w+)(\/.*)$/.exec(request.target) ?? [];
    return mine[vendor]?.({ ...request, target: rest }, own) ?? { status: 404, body: '' };
  };
}

let desk: Desk;
let server: WireRecorder;

beforeEach(async () => {
  desk = await Desk.open();
  server = await WireRecorder.start(vendorsOf());
  await desk.write('.salesqrc', config(server.url));
});
afterEach(async () => {
  await server.close();
  await desk.close();
});

const run = (...args: readonly string[]): Promise<Finished> => desk.run(args, { env });

const isRead = ({ target }: Recorded): boolean => /\/(getlead\w+|update)(\?|$)/.test(target);

/** Pushes and says how each row ended, and which requests changed something. */
async function push(...args: readonly string[]): Promise<{ rows: string[]; written: Recorded[] }> {
  const { code, stderr } = await run(...args);
  expect(code, stderr).toBe(3);
  const { document } = await desk.json<{ rows: readonly { state: string; code: string | null }[] }>(
    ['runs', 'rows', 'last'],
    { env },
  );
  const rows = document.rows.map(({ state, code: why }) => (why === null ? state : `${state} ${why}`));
  return { rows, written: server.requests.filter((request) => !isRead(request)) };
}

const holds = ({ target, body }: Recorded): boolean =>
  decodeURIComponent(`${target} ${body.toString('utf8').replaceAll('+', ' ')}`)
    .replace(/[^0-9a-z]/gi, '')
    .includes(digits);

const both = ['blocked dnc.listed', 'delivered'];

describe('a number on the do-not-call list', () => {
  beforeEach(async () => {
    expect((await run('dnc', 'add', listed, '--reason', 'x')).code).toBe(0);
  });

  it('is not given to mmDial as the second number of somebody else', async () => {
    await desk.write('l.csv', 'phone,alt_phone\n0171 3920601,0171 3920622\n0171 3920602,0171 3920603\n');
    const { rows, written } = await push('mmdial', 'leads', 'add', 'l.csv');
    expect(rows).toEqual(both);
    expect([written.length, written.filter(holds).length]).toEqual([1, 0]);
  });

  it('is not given to Comunik8 as the other number', async () => {
    const people = ['a@example.com,A,M,0171 3920601,+49 171 3920622', 'b@example.com,B,M,0171 3920602,'];
    await desk.write('l.csv', `${['email,first_name,surname,mobile,other_phone', ...people].join('\n')}\n`);
    const { rows, written } = await push('comunik8', 'add', 'l.csv');
    expect(rows).toEqual(both);
    expect([written.length, written.filter(holds).length]).toEqual([1, 0]);
  });

  it.each(['phone', 'alt_phone'])('is not written into a lead of mmDial as its %s', async (column) => {
    await desk.write('l.csv', `leadid,${column}\n9001,0171-3920622\n9002,0171-3920612\n`);
    const { rows, written } = await push('mmdial', 'leads', 'edit', 'l.csv');
    expect(rows).toEqual(both);
    expect([written.length, written.filter(holds).length]).toEqual([1, 0]);
  });

  it.each(['leadid,status\n9002,NEW\n9001,NEW\n', 'leadid,status,phone\n9002,NEW,0171 3920613\n9001,NEW,\n'])(
    'is not dialled anew because the lead that has it gets another status: %j',
    async (table) => {
      await desk.write('l.csv', table);
      const { rows, written } = await push('mmdial', 'leads', 'edit', 'l.csv');
      expect(rows).toEqual(both);
      expect(written.map(({ target }) => /leadid=(\d+)/.exec(target)?.[1])).toEqual(['9001']);
    },
  );

  it('gets no farewell from Sales_Q, whether update shows whose the lead is or not', async () => {
    const { rows, written } = await push('sales-q', 'remove', id, `${id}0`, '--message', 'Auf Wiedersehen');
    expect(rows).toEqual(['blocked dnc.listed', 'blocked phone.unknown']);
    expect(written).toEqual([]);
  });

  it('may be removed from Sales_Q without a word', async () => {
    expect((await run('sales-q', 'remove', id)).code).toBe(0);
    expect(server.requests.filter((request) => !isRead(request))).toHaveLength(1);
  });
});

it('a number that mmDial has in the notation of its own country is the one on the list', async () => {
  await run('dnc', 'add', '+43 664 1234567', '--reason', 'x');
  await desk.write('l.csv', 'leadid,status\n9003,NEW\n9001,NEW\n');
  const { rows, written } = await push('mmdial', 'leads', 'edit', 'l.csv');
  expect(rows).toEqual(both);
  expect(written).toHaveLength(1);
});

it.each([
  ['of the profile, as it is dialled there', 'AT', '9004'],
  ['it is written with', 'DE', '9005'],
])('a lead without a country is asked about in the country %s', async (_what, country, leadid) => {
  await desk.write('.salesqrc', config(server.url).replace('country: DE', `country: ${country}`));
  await run('dnc', 'add', '+43 664 1234567', '--reason', 'x');
  await desk.write('l.csv', `leadid,status\n${leadid},NEW\n9001,NEW\n`);
  const { rows, written } = await push('mmdial', 'leads', 'edit', 'l.csv');
  expect(rows).toEqual(both);
  expect(written).toHaveLength(1);
});

describe('a second number that several rows share', () => {
  const header = 'email,first_name,surname,mobile,other_phone';
  const person = (name: string, mobile: string, other: string): string =>
    [`${name}@example.com`, name, 'M', mobile, other].join(',');
  const file = (...people: readonly string[]): string => `${[header, ...people].join('\n')}\n`;

  /** Numbers that reached the vendor, each as often as it did. */
  const dialled = (): string[] =>
    server.requests.flatMap(({ body }) => {
      const { mobile, other_phone: other } = JSON.parse(body.toString()) as Record<string, string>;
      return [mobile, other].flatMap((number) =>
        number === undefined ? [] : [`0${number.replace(/\D/g, '').slice(-10)}`],
      );
    });

  const rowsOf = async (run = 'last'): Promise<string[]> => {
    const { document } = await desk.json<{
      rows: readonly { state: string; code: string | null; numbers: string[] }[];
    }>(['runs', 'rows', run], { env });
    return document.rows.map(({ state, code, numbers }) => `${state} ${code ?? '-'} ${numbers.join(' ')}`);
  };

  it('is handed over once: the other row goes without it, and it is nobody’s main number any more', async () => {
    await desk.write(
      'l.csv',
      file(
        person('a', '0171 3920601', '0171 3920699'),
        person('b', '0171 3920602', '+49 171 3920699'),
        person('c', '0171 3920699', ''),
        person('d', '0171 3920603', '0171 3920601'),
      ),
    );
    const { code, stderr } = await run('comunik8', 'add', 'l.csv');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('number.shared');
    expect(dialled()).toEqual(['01713920601', '01713920699', '01713920602', '01713920603']);
    expect(await rowsOf()).toEqual([
      'delivered - +491713920601 +491713920699',
      'delivered number.shared +491713920602',
      'duplicate duplicate.in-file +491713920699',
      'delivered number.shared +491713920603',
    ]);
  });

  it.each([['in the plan'], ['in a dry run']])('counts in another file too, %s', async (how) => {
    await desk.write('l.csv', file(person('a', '0171 3920601', '0171 3920699')));
    expect((await run('comunik8', 'add', 'l.csv')).code).toBe(0);
    const before = server.requests.length;
    await desk.write(
      'm.csv',
      file(person('c', '0171 3920699', ''), person('d', '0171 3920603', '0171 3920601')),
    );
    const dry = how === 'in a dry run' ? ['--dry-run'] : [];
    const { stdout } = await run('comunik8', 'add', 'm.csv', '-o', 'ndjson', ...dry);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const rows = lines
      .filter(({ type }) => type === 'row')
      .sort((a, b) => Number(a['row']) - Number(b['row']));
    expect(rows.map(({ code, numbers }) => [code, numbers])).toEqual([
      ['duplicate.contacted', ['+491713920699']],
      ['number.shared', ['+491713920603']],
    ]);
    expect(server.requests.length - before).toBe(dry.length === 0 ? 1 : 0);
  });

  it('goes again where a recontact is asked for', async () => {
    await desk.write('l.csv', file(person('a', '0171 3920601', '0171 3920699')));
    await run('comunik8', 'add', 'l.csv');
    await desk.write('m.csv', file(person('c', '0171 3920699', '0171 3920601')));
    expect((await run('comunik8', 'add', 'm.csv', '--recontact', 'always')).code).toBe(0);
    expect(dialled().slice(2)).toEqual(['01713920699', '01713920601']);
  });

  it('still blocks the row that went without it', async () => {
    await desk.write(
      'l.csv',
      file(person('a', '0171 3920601', '0171 3920699'), person('b', '0171 3920602', '0171 3920699')),
    );
    expect((await run('comunik8', 'add', 'l.csv', '--limit', '1')).code).toBe(8);
    expect((await run('dnc', 'add', '0171 3920699', '--reason', 'x')).code).toBe(0);
    expect((await run('runs', 'resume', 'last')).code).toBe(3);
    expect((await rowsOf())[1]).toMatch(/^blocked dnc\.listed/);
    expect(dialled()).toEqual(['01713920601', '01713920699']);
  });
});

it.each([
  ['comunik8 add', 'email,first_name,surname,mobile,test', 'a@example.com,A,M,0171 3920601,true', '--test'],
  ['mmdial leads add', 'phone,List-ID', '0171 3920601,99', '--list'],
  ['mmdial leads add', 'phone,doubletcheck_campaign', '0171 3920601,no', '--no-campaign-check'],
  ['sales-q import', 'Phone,token', '0171 3920601,abc', 'the profile'],
])(
  '%s: a column that is named as a parameter of the vendor is no free data',
  async (words, header, row, given) => {
    await desk.write('l.csv', `${header}\n${row}\n`);
    const { code, stdout } = await run(...words.split(' '), 'l.csv', '-o', 'json');
    expect([code, server.requests.length]).toEqual([6, 0]);
    expect(stdout).toContain('field.parameter');
    expect(stdout).toContain(given);
    const ignored = header.split(',').at(-1) ?? '';
    expect((await run(...words.split(' '), 'l.csv', '--ignore', ignored)).code).toBe(0);
    expect(server.requests).toHaveLength(1);
  },
);

it('a --batch-size above what the vendor takes is said once, and cut to it', async () => {
  await desk.write('l.csv', 'leadid,notices\n9001,a\n9002,b\n');
  const { stderr, code } = await run('mmdial', 'leads', 'edit', 'l.csv', '--batch-size', '7');
  expect(code, stderr).toBe(0);
  expect(stderr.match(/--batch-size 7 is more than mmDial takes: 1 row a request/g)).toHaveLength(1);
  const edits = server.requests.filter(({ target }) => target.includes('editlead'));
  expect(edits).toHaveLength(2);
});

it('a phone of one’s own is contacted again and again, as the first and as the second number, unless it is listed', async () => {
  const own = '+491713920655';
  const lines = config(server.url).replace(
    '    country: DE\n',
    `    country: DE\n    testNumbers: [${own}]\n`,
  );
  await desk.write('.salesqrc', lines);
  await desk.write('l.csv', 'Phone,Vorname\n0171 3920655,Ich\n0171 3920601,Ada\n');
  const states = async (): Promise<string[]> => {
    const { document } = await desk.json<{ counts: Record<string, number> }>(['sales-q', 'import', 'l.csv'], {
      env,
    });
    return Object.entries(document.counts).flatMap(([name, count]) =>
      count > 0 && name !== 'rows' ? [`${name} ${count}`] : [],
    );
  };
  expect(await states()).toEqual(['delivered 2']);
  expect(await states()).toEqual(['delivered 1', 'duplicate 1']);
  await desk.write('l.csv', 'Phone,Vorname\n0049 171 3920655,Wieder\n');
  expect(await states()).toEqual(['delivered 1']);
  const shared =
    'email,first_name,surname,mobile,other_phone\na@example.com,A,M,0171 3920601,0171 3920655\nb@example.com,B,M,0171 3920602,0171 3920655\n';
  await desk.write('m.csv', shared);
  expect((await run('comunik8', 'add', 'm.csv')).code).toBe(0);
  expect(server.requests.slice(-2).every(({ body }) => body.toString().includes('3920655'))).toBe(true);
  expect((await run('dnc', 'add', own, '--reason', 'x')).code).toBe(0);
  expect(await states()).toEqual(['blocked 1']);
  expect((await run('ledger', 'check')).code).toBe(0);
});

describe('a list of numbers with columns that are not meant', () => {
  beforeEach(async () => {
    await desk.write('l.csv', 'Telefon;Mobil\n0171 3920601;0171 3920602\n');
    await desk.write('m.json', '{"fields":{"number":"Telefon"}}');
  });
  const listed = async (): Promise<string> => (await run('dnc', 'list', '-o', 'csv')).stdout;

  it('leaves a column out that is ignored', async () => {
    expect((await run('mmdial', 'dnc', 'add', '--from', 'l.csv', '--ignore', 'Mobil')).code).toBe(0);
    expect([(await listed()).includes('3920601'), (await listed()).includes('3920602')]).toEqual([
      true,
      false,
    ]);
  });

  it('takes nothing off by a map file, and blocks whatever it says', async () => {
    const added = await run('mmdial', 'dnc', 'add', '--from', 'l.csv', '--map', 'm.json');
    expect(added.code, added.stderr).toBe(0);
    expect(await listed()).toContain('3920602');
    const before = server.requests.length;
    const words = ['mmdial', 'dnc', 'remove', '--from', 'l.csv', '--map', 'm.json', '--reason', 'x', '--yes'];
    expect((await run(...words)).code).toBe(2);
    expect(server.requests).toHaveLength(before);
  });
});
