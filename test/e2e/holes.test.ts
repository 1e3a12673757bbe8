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

it('a --batch-size above what the vendor takes is said once, and cut to it', async () => {
  await desk.write('l.csv', 'leadid,notices\n9001,a\n9002,b\n');
  const { stderr, code } = await run('mmdial', 'leads', 'edit', 'l.csv', '--batch-size', '7');
  expect(code, stderr).toBe(0);
  expect(stderr.match(/--batch-size 7 is more than mmDial takes: 1 row a request/g)).toHaveLength(1);
  const edits = server.requests.filter(({ target }) => target.includes('editlead'));
  expect(edits).toHaveLength(2);
});
