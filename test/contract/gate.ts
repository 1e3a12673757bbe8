import { describe, expect, it } from 'vitest';
import { Desk, finished, type Finished } from '../support/program.js';
import {
  casesOf,
  doubtful,
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
 * row may reach the server. So it is where a row did not arrive at first, its numbers are listed, and it is made ready again.
 * The other way round: what stops a contact always leaves, for a listed person above all, and a listed number in a free
 * column, where it is text that nobody rings, keeps no row. Which rows are tried follows from the fields of the operation.
 * Each play returns its faults, `kind: what`, without a number.
 */

/** When the numbers are put on the list. */
export const moments = ['before planning', 'after planning', 'during the claim'] as const;
export type Moment = (typeof moments)[number];

/** How a row goes on whose numbers were put on the list after it was in doubt, or held. */
export const releases = ['by a person', 'by reading back', 'by a retry'] as const;
export type Release = (typeof releases)[number];

/** Cases whose release is tried in the short suite, one of each kind of push; all of them are in the long one. */
const quick = new Set(['sales-q import', 'comunik8 add', 'mmdial leads edit status', 'comunik8 cancel']);

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

/**
 * Plays rows that are in doubt or held, puts their numbers on the list and makes them ready again; faults where one leaves
 * that must not, or stays that must leave. Empty where no row of the push goes on so.
 * @param program where rows are read back, one that waits for nothing (`withoutWaits`)
 */
export async function playReleased(
  tried: GateCase,
  release: Release,
  program: Program = null,
): Promise<string[]> {
  const trial = rowsToRelease(tried, release);
  return trial
    ? stage(tried, trial, '', program, (desk) =>
        release === 'by a retry' ? retryHeld(desk) : releaseDoubtful(desk, release),
      )
    : [];
}

/** The rows to be released: those that are held by how their numbers are written, or those that can be in doubt. */
function rowsToRelease(tried: GateCase, release: Release): Trial | null {
  const write = release === 'by a retry' ? doubtful : undefined;
  const trial = rowsThatReach(tried, write) ?? rowsOfListed(tried, write);
  if (release === 'by reading back' && !tried.variant.readBack) return null;
  // A list of opt-outs holds nobody: a number of two readings is told in both, or, to be taken off, named and left.
  if (release === 'by a retry' && tried.operation.doNotCall !== undefined) return null;
  if (trial === null || release !== 'by a retry') return trial;
  const rows = trial.rows.filter(({ hasNumber }) => hasNumber);
  return rows.length > 0 ? { rows, leads: trial.leads } : null;
}

/** Changes to a build under which reading back waits for nothing. */
export const withoutWaits = [
  { file: 'engine/reconcile.js', from: 'settleMs: readBack.settleMs + took', to: 'settleMs: took' },
  { file: 'engine/reconcile.js', from: 'apartMs: betweenLooksMs + took', to: 'apartMs: took' },
];

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

/** A home with the program, its configuration and its rows, and the vendor's server. */
interface Stage {
  readonly desk: Desk;
  readonly server: WireRecorder;
  readonly tried: GateCase;
  readonly rows: readonly TriedRow[];
  /** Words of the push. */
  readonly push: readonly string[];
  /** While true, nothing that is written to the server arrives or is answered. */
  isLosing: boolean;
}

const play = (
  tried: GateCase,
  trial: Trial,
  moment: Moment,
  profile: string,
  program: Program,
): Promise<string[]> => stage(tried, trial, profile, program, (made) => actOut(made, moment));

/** Has the act played; its faults, and those of what reached the server and of the rows of the last run. */
async function stage(
  tried: GateCase,
  trial: Trial,
  profile: string,
  program: Program,
  act: (made: Stage) => Promise<string[]>,
): Promise<string[]> {
  const { of, variant, operation } = tried;
  const desk = await Desk.open(program ?? undefined);
  const answer = of.standIn(trial.leads);
  const made = { isLosing: false };
  const server = await WireRecorder.start((request, own) =>
    made.isLosing && !of.isRead(request) ? null : answer(request, own),
  );
  try {
    const url = `${server.url}/`;
    const pairs = [`url: "${url}"`, of.settings, 'rate: 1000/s'].filter((pair) => pair !== '');
    await desk.write(
      '.salesqrc',
      `profiles:\n  acme:\n    country: DE\n${profile}    vendors:\n      ${of.vendor.id}: { ${pairs.join(', ')} }\n`,
    );
    const file = await writeRows(desk, trial.rows, variant.json === true);
    const words = [of.vendor.id, ...operation.id.split(' '), ...(operation.argumentField ? ['--from'] : [])];
    const single = operation.limits.items > 1 ? ['--batch-size', '1'] : [];
    const push = [...words, file, ...(variant.flags ?? []), ...single, '-q'];
    const said = await act(Object.assign(made, { desk, server, tried, rows: trial.rows, push }));
    return [...said, ...(await judge(desk, server.requests, tried, trial))];
  } finally {
    await server.close();
    await desk.close();
  }
}

const run = ({ desk }: Stage, args: readonly string[]): Promise<Finished> => desk.run(args, { env: secrets });

/** Puts the numbers of the rows on the list. */
const listNumbers = (made: Stage): Promise<Finished> =>
  run(made, ['dnc', 'add', ...made.rows.flatMap((row) => row.listed ?? []), '--reason', 'asked', '-q']);

/** Pushes, and puts the numbers on the list at the moment; faults where a command failed altogether. */
async function actOut(made: Stage, moment: Moment): Promise<string[]> {
  const { desk, server, push, tried } = made;
  if (moment === 'before planning') return faultsOf([await listNumbers(made), await run(made, push)]);
  if (moment === 'after planning')
    return faultsOf([
      await run(made, [...push, '--limit', '1']),
      await listNumbers(made),
      await run(made, ['runs', 'resume', 'last', '-q']),
    ]);
  const hold = server.hold((request) => !tried.of.isRead(request));
  const pushing = finished(desk.start(push, { env: secrets }));
  await Promise.race([hold.reached, pushing]);
  const listing = await listNumbers(made);
  hold.release();
  return faultsOf([listing, await pushing]);
}

/** Pushes rows that are held, puts their numbers on the list and plans them anew; faults where a command failed. */
async function retryHeld(made: Stage): Promise<string[]> {
  const pushed = await run(made, made.push);
  const shown = await shownRows(made.desk);
  const notHeld = shown.flatMap(({ state }) =>
    state === 'held' ? [] : [`failed: a row is ${state}, not held`],
  );
  const listed = await listNumbers(made);
  const retried = await run(made, ['runs', 'retry', 'last', '--phone-format', 'intl-digits', '-y', '-q']);
  return [...notHeld, ...faultsOf([pushed, listed, retried])];
}

/**
 * Pushes rows none of which arrives, puts their numbers on the list and makes them ready again. What leaves from then on is
 * left in the server's record; faults where a listed one is ready, and where a command failed.
 */
async function releaseDoubtful(made: Stage, release: Release): Promise<string[]> {
  const { desk, server, rows, tried } = made;
  made.isLosing = true;
  const { push = [], reconcile = [] } = (release === 'by reading back' && tried.variant.readBack) || {};
  const ends = [await run(made, [...made.push, ...push])];
  // A run pauses after three lost answers in a row.
  for (let n = 0; n < rows.length && (await rowsIn(desk, 'ready')).length > 0; n += 1)
    ends.push(await run(made, ['runs', 'resume', 'last', '-q']));
  made.isLosing = false;
  const inDoubt = await rowsIn(desk, 'in-doubt');
  const expected = rows.filter(({ code }) => code !== 'phone.unknown').length;
  const missing =
    inDoubt.length === expected ? [] : [`failed: ${inDoubt.length} of ${expected} rows are in doubt`];
  ends.push(await listNumbers(made));
  const ask = ['runs', 'reconcile', 'last', ...reconcile, '-q'];
  if (release === 'by reading back') ends.push(await run(made, ask), await run(made, ask));
  else for (const { row } of inDoubt) ends.push(await run(made, [...resolve, '--row', String(row)]));
  const released = (await shownRows(desk)).flatMap(({ state, row }) => {
    const wanted = rows[row - 1]?.code === null ? 'ready' : 'blocked';
    return state === wanted ? [] : [`released: ${rows[row - 1]?.what} is ${state}, not ${wanted}`];
  });
  server.take();
  ends.push(await run(made, ['runs', 'resume', 'last', '-q']));
  return [...missing, ...released, ...faultsOf(ends)];
}

const resolve = ['runs', 'resolve', 'last', '--as', 'not-sent', '--reason', 'it did not arrive', '-y', '-q'];

/** Rows that are blocked or in doubt, and a pause at a limit, are no failure. */
const faultsOf = (ends: readonly Finished[]): string[] =>
  ends
    .filter(({ code }) => code === null || ![0, 3, 7, 8].includes(code))
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
  readonly row: number;
  readonly state: string;
  readonly code: string | null;
}

/** The rows of the last run. */
async function shownRows(desk: Desk, more: readonly string[] = []): Promise<readonly ShownRow[]> {
  const { document } = await desk.json<{ rows?: readonly ShownRow[] }>(['runs', 'rows', 'last', ...more], {
    env: secrets,
  });
  return document.rows ?? [];
}

const rowsIn = (desk: Desk, state: string): Promise<readonly ShownRow[]> =>
  shownRows(desk, ['--state', state]);

async function judge(
  desk: Desk,
  requests: readonly Recorded[],
  { of }: GateCase,
  { rows }: Trial,
): Promise<string[]> {
  const shown = await shownRows(desk);
  const texts = requests.map((request) => ({ text: bareText(request), writes: !of.isRead(request) }));
  const faults = rows.flatMap((row, index) => {
    const { state, code } = shown[index] ?? { state: 'not there', code: null };
    const carries = texts.filter(({ text, writes }) => writes && text.includes(row.marker));
    const named = `${row.what} is ${state}${code === null ? '' : ` (${code})`}`;
    const text = row.free === null ? '' : significant(row.free);
    if (row.code === null)
      return [
        ...(carries.every((one) => one.text.includes(text)) ? [] : [`changed: ${named}`]),
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

/**
 * Every push of these vendors, at every moment and however its rows are released.
 * @param program another build, known once the tests run
 * @param hasty that build, or the repository's, with the changes of `withoutWaits`
 */
export function gateContract(
  vendors: readonly GateVendor[],
  hasty: () => Program,
  program: () => Program = () => null,
): void {
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

  const released = releases.flatMap((release) =>
    named((tried) => rowsToRelease(tried, release) !== null).map(
      ([name, one]) => [release, name, one] as const,
    ),
  );
  const isShort = ([, name]: (typeof released)[number]): boolean => quick.has(name);
  const again = 'a row that is made ready again %s leaves only where nobody of it was listed meanwhile: %s';
  const tried = async ([release, , one]: (typeof released)[number]): Promise<void> => {
    const build = release === 'by reading back' ? hasty() : program();
    expect(await playReleased(one, release, build)).toEqual([]);
  };
  it.concurrent.for(released.filter(isShort))(again, { timeout: patience }, tried);
  it.concurrent.for(released.filter((one) => !isShort(one)))(
    again,
    { timeout: patience, tags: ['long'] },
    tried,
  );

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
