import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireRecorder } from '../contract/wire/recorder.js';
import { salesQ } from '../contract/wire/stand-ins.js';
import { Desk, type Finished } from '../support/program.js';

const env = { T: 'test-token-0001', P: 'test-password-0001' };
const config = (url: string): string => `defaultProfile: bar
profiles:
  bar:
    country: DE
    vendors:
      sales-q: { url: ${url}, token: "env:T", rate: 1000/s }
      mmdial:  { url: ${url}/mm/api/, username: ops, password: "env:P", campaign: 12, list: 34, rate: 1000/s }
`;

let desk: Desk;
let server: WireRecorder;

beforeEach(async () => {
  desk = await Desk.open();
  server = await WireRecorder.start(salesQ());
  await desk.write('.salesqrc', config(server.url));
});
afterEach(async () => {
  await server.close();
  await desk.close();
});

const run = (...args: readonly string[]): Promise<Finished> => desk.run(args, { env });

/** How the rows of a run ended. */
async function rowsOfRun(id = 'last'): Promise<string[]> {
  const { document } = await desk.json<{ rows: readonly { state: string; code: string | null }[] }>(
    ['runs', 'rows', id],
    { env },
  );
  return document.rows.map(({ state, code }) => (code === null ? state : `${state} ${code}`));
}

/** Everything that was sent, as digits. */
const sent = (): string =>
  server.requests.map(({ body }) => body.toString('utf8').replace(/[^0-9a-z]/gi, '')).join(' ');

describe('a person whom a row of the file refuses', () => {
  it('is contacted by none of the rows', async () => {
    await desk.write('d.csv', 'Handy;do_not_call\n01713920622;\n+49 171 3920622;ja\n01713920610;\n');
    expect((await run('sales-q', 'import', 'd.csv')).code).toBe(3);
    expect(await rowsOfRun()).toEqual(['held consent.refused', 'held consent.refused', 'delivered']);
    expect(sent()).toContain('1713920610');
    expect(sent()).not.toContain('1713920622');
  });
});

describe('a person whom a file refuses after another was planned', () => {
  it('gets nothing from the older run either', async () => {
    const people = ['01713920610', '01713920622', '01713920623'];
    const file = (said: string): string =>
      ['Handy;do_not_call', ...people.map((phone, at) => `${phone};${at === 1 ? said : ''}`), ''].join('\n');
    await desk.write('d.csv', file(''));
    expect((await run('sales-q', 'import', 'd.csv', '--limit', '1')).code).toBe(8);
    const { document } = await desk.json<{ run: string }>(['runs', 'show', 'last'], { env });
    await desk.write('d.csv', file('ja'));
    await run('sales-q', 'import', 'd.csv');
    expect(await rowsOfRun()).toEqual([
      'duplicate duplicate.contacted',
      'held consent.refused',
      'duplicate duplicate.pending',
    ]);
    const resumed = await run('runs', 'resume', document.run);
    expect(resumed.code, resumed.stderr).toBe(3);
    expect(await rowsOfRun(document.run)).toEqual(['delivered', 'blocked consent.refused', 'delivered']);
    expect(sent()).not.toContain('1713920622');
  });
});

describe('a person with a number of several readings whom a file refuses after another was planned', () => {
  it('gets nothing from the older run by any of them, nor from a file that is older than the refusal', async () => {
    await desk.write('d.csv', 'Handy\n01713920610\n01713920622\n01713920623\n');
    expect((await run('sales-q', 'import', 'd.csv', '--limit', '1')).code).toBe(8);
    const { document } = await desk.json<{ run: string }>(['runs', 'show', 'last'], { env });
    await desk.write('e.csv', 'Handy;do_not_call\n491713920622;ja\n');
    await run('sales-q', 'import', 'e.csv', '--phone-format', 'national');
    expect(await rowsOfRun()).toEqual(['held consent.refused']);
    await run('runs', 'resume', document.run);
    expect(await rowsOfRun(document.run)).toEqual(['delivered', 'blocked consent.refused', 'delivered']);
    for (const _again of [1, 2]) await run('sales-q', 'import', 'd.csv', '--recontact', 'always');
    const again = await desk.json<{ run: string }>(['runs', 'show', 'last'], { env });
    expect(again.document.run).not.toBe(document.run);
    expect(await rowsOfRun()).toEqual(['delivered', 'blocked consent.refused', 'delivered']);
    expect(sent()).not.toContain('1713920622');
  });
});

describe('--consent-ignored', () => {
  beforeEach(() => desk.write('d.csv', 'Handy;do_not_call\n01713920622;\n01713920623;ja\n'));
  const reason = ['--reason', 'about letters'];

  it('names a column of the file, in any spelling', async () => {
    const wrong = await run('sales-q', 'import', 'd.csv', '--consent-ignored', 'do_not_cal', ...reason);
    expect([wrong.code, wrong.stderr]).toEqual([6, expect.stringContaining('which the input does not have')]);
    expect(server.requests).toEqual([]);
    const right = await run('sales-q', 'import', 'd.csv', '--consent-ignored', 'DO NOT CALL', ...reason);
    expect(right.code, right.stderr).toBe(0);
    expect(await rowsOfRun()).toEqual(['delivered', 'delivered']);
  });

  it('goes with a reason, and a reason with it; a push that has a reason of its own keeps it', async () => {
    for (const flags of [reason, ['--consent-ignored', 'do_not_call']]) {
      const { code, stderr } = await run('sales-q', 'import', 'd.csv', ...flags);
      expect([code, stderr]).toEqual([2, expect.stringContaining('--consent-ignored')]);
    }
    expect(server.requests).toEqual([]);
    const own = await run('mmdial', 'dnc', 'remove', '01713920622', ...reason, '--dry-run');
    expect(own.code, own.stderr).toBe(0);
  });
});
