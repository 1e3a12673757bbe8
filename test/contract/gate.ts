import { describe, expect, it } from 'vitest';
import { Desk, finished, type Finished } from '../support/program.js';
import {
  casesOf,
  rowsOfListed,
  rowsThatReach,
  significant,
  type GateCase,
  type GateVendor,
  type TriedRow,
  type Trial,
} from './gate/rows.js';
import { WireRecorder, type Recorded } from './wire/recorder.js';

/**
 * What is checked is what is sent. Every push of a vendor is tried with the built program and a real server: each number
 * that a vendor may ring because of a row stands on the do-not-call list, from one of three moments on, and no byte of the
 * row may reach the server. The other way round: what stops a contact always leaves, for a listed person above all. Which
 * rows are tried follows from the fields of the operation. Each play returns its faults, `kind: what`, without a number.
 */

/** When the numbers are put on the list. */
export const moments = ['before planning', 'after planning', 'during the claim'] as const;
export type Moment = (typeof moments)[number];

/** A build of the program; null for the one of the repository. */
export type Program = string | null;

/** Plays the push; faults where a row left that must not, or one was kept that must leave. Empty where nobody is dialled. */
export async function playBlocked(
  tried: GateCase,
  moment: Moment,
  program: Program = null,
): Promise<string[]> {
  const trial = rowsThatReach(tried);
  return trial ? play(tried, trial, moment, '', program) : [];
}

/** Whether there is something to play. */
export const reachesSomebody = (tried: GateCase): boolean => rowsThatReach(tried) !== null;
export const reachesNobody = (tried: GateCase): boolean => rowsOfListed(tried) !== null;

/** Plays the push for listed persons of whom nobody hears; faults where a row did not leave. */
export async function playStops(
  tried: GateCase,
  moment: Moment,
  profile: 'open' | 'closed',
  program: Program = null,
): Promise<string[]> {
  const trial = rowsOfListed(tried);
  return trial ? play(tried, trial, moment, profile === 'open' ? '' : closedProfile(), program) : [];
}

/** Lines of a profile under which nobody may be contacted now: outside its hours, and without the list it asks for. */
function closedProfile(): string {
  const inThreeDays = (new Date().getUTCDay() + 3) % 7;
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][inThreeDays];
  return `    window: "${day} 09:00-10:00"\n    timezone: UTC\n    dnc: { maxAge: 1h }\n`;
}

const secrets = { TEST_SECRET: 'test-secret-0001' };

async function play(
  tried: GateCase,
  trial: Trial,
  moment: Moment,
  profile: string,
  program: Program,
): Promise<string[]> {
  const desk = await Desk.open(program ?? undefined);
  const answer = tried.of.standIn(trial.leads);
  const server = await WireRecorder.start(answer);
  try {
    const url = `${server.url}/`;
    const pairs = [`url: "${url}"`, tried.of.settings, 'rate: 1000/s'].filter((pair) => pair !== '');
    await desk.write(
      '.salesqrc',
      `profiles:\n  acme:\n    country: DE\n${profile}    vendors:\n      ${tried.of.vendor.id}: { ${pairs.join(', ')} }\n`,
    );
    const said = await actOut(desk, server, tried, trial, moment);
    return [...said, ...(await judge(desk, server.requests, tried, trial))];
  } finally {
    await server.close();
    await desk.close();
  }
}

/** Pushes, and puts the numbers on the list at the moment; faults where a command failed altogether. */
async function actOut(
  desk: Desk,
  server: WireRecorder,
  tried: GateCase,
  { rows }: Trial,
  moment: Moment,
): Promise<string[]> {
  const { operation, variant, of } = tried;
  const file = await writeRows(desk, rows, variant.json === true);
  const words = [of.vendor.id, ...operation.id.split(' '), ...(operation.argumentField ? ['--from'] : [])];
  const single = operation.limits.items > 1 ? ['--batch-size', '1'] : [];
  const args = [...words, file, ...(variant.flags ?? []), ...single, '-q'];
  const run = (more: readonly string[]): Promise<Finished> => desk.run(more, { env: secrets });
  const listed = rows.flatMap((row) => row.listed ?? []);
  const list = (): Promise<Finished> => run(['dnc', 'add', ...listed, '--reason', 'asked', '-q']);
  if (moment === 'before planning') return faultsOf([await list(), await run(args)]);
  if (moment === 'after planning')
    return faultsOf([
      await run([...args, '--limit', '1']),
      await list(),
      await run(['runs', 'resume', 'last', '-q']),
    ]);
  const hold = server.hold((request) => !of.isRead(request));
  const pushing = finished(desk.start(args, { env: secrets }));
  await Promise.race([hold.reached, pushing]);
  const listing = await list();
  hold.release();
  return faultsOf([listing, await pushing]);
}

/** Rows that are blocked, and a pause at a limit, are no failure. */
const faultsOf = (ends: readonly Finished[]): string[] =>
  ends
    .filter(({ code }) => code === null || ![0, 3, 8].includes(code))
    .map(
      ({ code, stderr }) => `failed: exit ${code}: ${stderr.replace(/\d{6,}/g, '<digits>').slice(0, 300)}`,
    );

async function writeRows(desk: Desk, rows: readonly TriedRow[], json: boolean): Promise<string> {
  if (json) {
    await desk.write('rows.json', JSON.stringify(rows.map(({ cells }) => cells)));
    return 'rows.json';
  }
  const columns = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
  const lines = rows.map(({ cells }) => columns.map((column) => cells[column] ?? '').join(';'));
  await desk.write('rows.csv', [columns.join(';'), ...lines, ''].join('\n'));
  return 'rows.csv';
}

interface ShownRow {
  readonly state: string;
  readonly code: string | null;
}

async function judge(
  desk: Desk,
  requests: readonly Recorded[],
  { of }: GateCase,
  { rows }: Trial,
): Promise<string[]> {
  const { document } = await desk.json<{ rows?: readonly ShownRow[] }>(['runs', 'rows', 'last'], {
    env: secrets,
  });
  const shown = document.rows ?? [];
  const texts = requests.map((request) => ({ text: bareText(request), writes: !of.isRead(request) }));
  const faults = rows.flatMap((row, index) => {
    const { state, code } = shown[index] ?? { state: 'not there', code: null };
    const carries = texts.filter(({ text, writes }) => writes && text.includes(row.marker));
    const named = `${row.what} is ${state}${code === null ? '' : ` (${code})`}`;
    if (row.code === null)
      return [
        ...(carries.length > 1 ? [`repeated: ${named} and left ${carries.length} times`] : []),
        ...(carries.length === 1 && state === 'delivered' ? [] : [`kept: ${named}`]),
      ];
    const number = row.listed === null ? null : significant(row.listed);
    const holdsNumber = texts.some(({ text }) => number !== null && text.includes(number));
    return [
      ...(carries.length === 0 ? [] : [`left: ${named}`]),
      ...(holdsNumber ? [`left: the number of ${named}`] : []),
      ...(state === 'blocked' && code === row.code ? [] : [`not blocked: ${named}`]),
    ];
  });
  return shown.length === rows.length ? faults : [`failed: ${shown.length} rows are shown`, ...faults];
}

/** What a request says, without the marks that part a number. */
function bareText({ target, body }: Recorded): string {
  const text = `${target}\n${body.toString('utf8')}`.replaceAll('+', ' ');
  return text
    .replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/[^0-9a-z]/gi, '');
}

/** Every push of these vendors, at every moment. `program`: another build, known once the tests run. */
export function gateContract(vendors: readonly GateVendor[], program: () => Program = () => null): void {
  const cases = casesOf(vendors);
  const named = (wanted: (one: GateCase) => boolean) =>
    cases.filter(wanted).map((one) => [one.name, one] as const);
  const patience = 180_000;

  it('tries every push one way or the other', () => {
    const untried = cases.filter((one) => !reachesSomebody(one) && !reachesNobody(one));
    expect(untried.map(({ name }) => name)).toEqual([]);
  });

  describe.each(moments)('a number that is put on the list %s', (moment) => {
    it.concurrent.for(named(reachesSomebody))(
      'keeps its rows from leaving: %s',
      { timeout: patience },
      async ([, one]) => expect(await playBlocked(one, moment, program())).toEqual([]),
    );

    it.concurrent.for(named(({ stops }) => stops))(
      'never keeps a stop: %s',
      { timeout: patience },
      async ([, one]) => expect(await playStops(one, moment, 'open', program())).toEqual([]),
    );
  });

  it.concurrent.for(named(({ stops }) => stops))(
    'a stop leaves at any hour and whatever list is missing: %s',
    { timeout: patience },
    async ([, one]) => expect(await playStops(one, 'before planning', 'closed', program())).toEqual([]),
  );

  it.concurrent.for(named((one) => !one.stops && reachesNobody(one)))(
    'what nobody hears of leaves about a listed person: %s',
    { timeout: patience },
    async ([, one]) => expect(await playStops(one, 'before planning', 'open', program())).toEqual([]),
  );
}
