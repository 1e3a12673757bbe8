import path from 'node:path';
import { isoTime } from '../core/clock.js';
import { Exit, type ExitCode, usageError, UserError } from '../core/errors.js';
import { plainText, type Json, type JsonObject } from '../core/json.js';
import type {
  AdoptionNote,
  HeldLock,
  LedgerAdmin,
  LedgerCheck,
  LedgerCopy,
  LedgerHoldings,
  LedgerMark,
  LedgerStatus,
  PurgeCounts,
} from '../core/ledger-admin.js';
import type { Loss } from '../core/ledger.js';
import type { Place } from '../core/place.js';
import { column, listReport, recordReport, type Report } from '../core/report.js';
import { durationFromZero, flag, text } from '../core/value.js';
import { objectionsTo, type Objection } from '../core/witness.js';
import { defineCommand, type App, askYes, print } from './command.js';
import { lookAtWitness, witnessRecord, witnessText, type Witnessed } from './witness.js';

/** For commands that look after the ledger: it is neither made nor changed by being looked at. */
async function withLedgerAdmin<T>(app: App, work: (admin: LedgerAdmin) => Promise<T>): Promise<T> {
  return work(await app.ports.ledgerAdmin(await app.ports.place()));
}

/** A number of bytes for people. */
function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let at = 0;
  for (; size >= 1024 && at < units.length - 1; at += 1) size /= 1024;
  return `${at === 0 ? size : size.toFixed(1)} ${units[at] ?? ''}`;
}

/** What a copy or backup took along, a line a table, with the hash both sides agree on. */
function copyReport(schema: string, copy: LedgerCopy, footer: readonly string[]): Report {
  const records = copy.tables.map((table): JsonObject => ({ ...table }));
  const rows = copy.tables.reduce((sum, table) => sum + table.rows, 0);
  const { from, to, bytes } = copy;
  return listReport({ schema, from, to, bytes, rows }, 'tables', records, {
    columns: [column('table'), column('rows', 'number'), column('sha256')],
    heading: [`${from} -> ${to}${bytes === null ? '' : ` (${sizeText(bytes)})`}`],
    footer: [`${rows.toLocaleString('en-US')} rows read back and found the same.`, ...footer],
  });
}

export const ledgerStatus = defineCommand({
  options: {},
  more: ['Reads only: it neither makes a ledger nor brings its schema up to date.'],
  run: (app) =>
    withLedgerAdmin(app, async (admin) => {
      const found = await admin.status();
      const { id, holds } = found;
      const known = { id, accounts: holds?.contacts ?? [], optOuts: holds?.optOuts ?? 0 };
      return print(app, statusReport(found, await lookAtWitness(app, known)));
    }),
});

function statusDocument(found: LedgerStatus, witness: Witnessed): JsonObject {
  const { where, engine, engineVersion, schema, mark, durability, bytes, opened, holds } = found;
  const { id, names, adopted, contested, clock, newest } = found;
  return {
    where,
    id,
    names,
    engine,
    engineVersion,
    schemaVersion: { ...schema },
    mark: mark && { ...mark, at: isoTime(mark.at) },
    contested: contested && { ...contested, at: isoTime(contested.at) },
    adopted: adopted && { ...adopted, at: isoTime(adopted.at) },
    newest: newest === 0 ? null : isoTime(newest),
    clock: clock && { ...clock, at: isoTime(clock.at), newest: isoTime(clock.newest) },
    witness: witnessRecord(witness),
    durability: { ...durability },
    bytes,
    opened: opened && { at: isoTime(opened.at), host: opened.host },
    holds: holds && holdings(holds),
  };
}

const holdings = ({
  accounts,
  contacts,
  runs,
  rows,
  doNotCall,
  deliveries,
  locks,
}: LedgerHoldings): JsonObject => ({
  accounts,
  contacts: contacts.reduce((sum, one) => sum + one.contacts, 0),
  runs: { ...runs },
  rows: { ...rows },
  doNotCall,
  deliveries: { ...deliveries },
  locks: locks.map(lockRecord),
});

const lockRecord = ({ name, owner, since, heartbeatAt, alive }: HeldLock): JsonObject => ({
  name,
  host: owner.host,
  pid: owner.pid,
  since: isoTime(since),
  heartbeatAt: isoTime(heartbeatAt),
  alive,
});

type Line = readonly [string, Json];

function lines(found: LedgerStatus, witness: Witnessed): Line[] {
  const { schema, holds, mark, opened, durability, names, adopted, contested, clock, newest } = found;
  const version =
    schema.found === schema.known ? String(schema.found) : `${schema.found} (known: ${schema.known})`;
  return [
    ['where', found.where],
    ['engine', `${found.engine} ${found.engineVersion}`],
    ['schema', version],
    ['state', mark === null ? 'in use' : markText(mark)],
    ...(contested ? [['older copy', lossText(contested)] as const] : []),
    ...(adopted ? [['adopted', adoptedText(adopted)] as const] : []),
    ...(newest > 0 ? [['newest entry', isoTime(newest)] as const] : []),
    ...(clock ? [['clock adopted', adoptedText(clock)] as const] : []),
    ...(names > 1 ? [['names', `${names} (hard links): delete all but the one that is used`] as const] : []),
    ...Object.entries(durability),
    ['bytes', found.bytes],
    ['opened', opened ? `${isoTime(opened.at)} on ${opened.host}` : 'never'],
    ['witness', witnessText(witness)],
    ...(holds ? holdingLines(holds) : []),
  ];
}

function holdingLines({
  accounts,
  contacts,
  runs,
  rows,
  doNotCall,
  deliveries,
  locks,
}: LedgerHoldings): Line[] {
  return [
    ['accounts', accounts],
    ['contacts', contacts.reduce((sum, one) => sum + one.contacts, 0)],
    ['runs', runs.all],
    ['runs unfinished', runs.unfinished],
    ['runs unsealed', runs.unsealed],
    ...Object.entries(rows)
      .filter(([, n]) => n > 0)
      .map(([state, n]): Line => [`rows ${state}`, n]),
    ['do not call', doNotCall],
    ['deliveries', deliveries.stored],
    ['deliveries quarantined', deliveries.quarantined],
    ...locks.map((lock): Line => [`lock ${lock.name}`, lockText(lock)]),
  ];
}

const lossText = ({ contacts, optOuts, at }: Loss): string =>
  `knows nothing of ${contacts} contacts and ${optOuts} changes of the do-not-call list made until ${isoTime(at)}`;

const adoptedText = ({ at, by, reason }: AdoptionNote): string =>
  `${isoTime(at)} by ${by}${reason === null ? '' : `: ${reason}`}`;

function markText(mark: LedgerMark): string {
  if (mark.kind === 'moved') return `moved to ${mark.to} on ${isoTime(mark.at)}: use that one`;
  if (mark.kind === 'backup')
    return `backup of ${isoTime(mark.at)}: what was sent since is unknown to it; salesq ledger adopt takes it into use`;
  return `unfinished copy of ${mark.from}: copy again`;
}

function lockText({ owner, heartbeatAt, alive }: HeldLock): string {
  const holder = alive === null ? 'cannot be asked' : alive ? 'lives' : 'dead: the next run takes it over';
  return `process ${owner.pid} on ${owner.host}, last heard of ${isoTime(heartbeatAt)}, ${holder}`;
}

function statusReport(found: LedgerStatus, witness: Witnessed): Report {
  return {
    document: () => ({ schema: 'salesq/ledger-status@1', ...statusDocument(found, witness) }),
    records: () => lines(found, witness).map(([what, value]): JsonObject => ({ what, value })),
    columns: [
      column('what'),
      { title: 'value', value: ({ what, value }) => (what === 'bytes' ? sized(value) : plainText(value)) },
    ],
    exit: Exit.ok,
  };
}

const sized = (value: Json | undefined): string => `${plainText(value)} (${sizeText(Number(value))})`;

export const ledgerCheck = defineCommand({
  options: {},
  more: [
    'Reads only. Exit 0: nothing found. Exit 6: read the findings, and push nothing before they are understood.',
  ],
  run: (app) => withLedgerAdmin(app, async (admin) => print(app, checkReport(await admin.check()))),
});

function checkReport({ where, checked, skipped, findings }: LedgerCheck): Report {
  const records = findings.map((finding): JsonObject => ({ ...finding }));
  const ok = findings.length === 0;
  return listReport({ schema: 'salesq/ledger-check@1', where, ok, checked, skipped }, 'findings', records, {
    columns: [column('code'), column('run'), column('row', 'number'), column('message')],
    footer: skipped.map((what) => `Not checked: ${what}`),
    empty: `${where}: ${checked.length} checks, nothing found.`,
    exit: ok ? Exit.ok : Exit.unusable,
  });
}

export const ledgerMigrate = defineCommand({
  options: {},
  more: [
    'Every command that opens the ledger does the same; here a file is copied first, and nothing else happens.',
  ],
  run: (app) =>
    withLedgerAdmin(app, async (admin) => {
      const done = await admin.migrate();
      const story =
        done.from === done.to
          ? [`The schema is up to date (${done.to}).`]
          : [
              `Schema ${done.from} -> ${done.to}.`,
              ...(done.backup ? [`As it was before: ${done.backup}`] : []),
            ];
      return print(app, recordReport('salesq/ledger-migrate@1', { ...done }, { heading: story }));
    }),
});

export const ledgerBackup = defineCommand({
  args: '<file>',
  options: {
    force: { flag: '--force', about: 'replace the file if it is there', type: flag, default: false },
  },
  more: [
    'One SQLite file, whatever the ledger is kept in; readable by you alone. Others may go on pushing meanwhile.',
    'To go back to it: put it in the place of the ledger (or copy it to a server), then: salesq ledger adopt',
  ],
  run: (app, { args, options }) =>
    withLedgerAdmin(app, async (admin) => {
      const file = path.resolve(app.cwd, args[0] ?? '');
      const done = await admin.backup(file, options.force);
      return print(app, copyReport('salesq/ledger-backup@1', done, []));
    }),
});

export const ledgerCopy = defineCommand({
  args: '<to>',
  options: {},
  more: [
    '<to> is a file that is not there yet, or the address of an empty PostgreSQL database.',
    'The old ledger is kept, and refused from then on; salesq ledger adopt takes it back.',
  ],
  run: (app, { args }) =>
    withLedgerAdmin(app, async (admin) => {
      const given = args[0] ?? '';
      const to = given.includes('://') ? given : path.resolve(app.cwd, given);
      await askYes(app, 'Move the ledger there? This one will be refused from then on.');
      const done = await admin.copy(to);
      const next = `Use it from now on: --ledger, SALESQ_LEDGER or ledger: in the profile = ${done.to}`;
      return print(app, copyReport('salesq/ledger-copy@1', done, [next]));
    }),
});

export const ledgerAdopt = defineCommand({
  options: {
    nothingSent: {
      flag: '--nothing-sent',
      about: 'nothing was pushed from elsewhere since: rows that are ready stay so',
      type: flag,
      default: false,
    },
    clock: {
      flag: '--clock',
      about: 'the clock of now is right, whatever the newest entry says; changes nothing else',
      type: flag,
      default: false,
    },
    reason: {
      flag: '--reason <text>',
      about: 'why; kept with the ledger',
      type: text(),
      freeText: true,
    },
  },
  more: [
    'Takes a ledger into use that was moved away or is a backup, or that a push refused because it is older than its last',
    'use, is another one than before, or is not there: then a new one is made.',
    'Rows that were ready may have been sent from elsewhere since: they become in doubt, and are read back or decided.',
    'People contacted by runs that were planned elsewhere since are unknown here: do not push their files again.',
  ],
  run: async (app, { options: { nothingSent, clock, reason = null } }) => {
    const place = await app.ports.place();
    const admin = await app.ports.ledgerAdmin(place);
    if (clock) return adoptClock(app, place, admin, reason);
    const found = await statusOrMissing(admin);
    const witness = await app.ports.witness();
    const { seen, problem } = await witness.entries();
    const status = found instanceof UserError ? null : found;
    const objections = objectionsTo(seen, place.ledger.shown, status);
    const unmarked =
      (status?.mark ?? null) === null &&
      (objections.length > 0 ||
        (problem !== null && witness.where !== null) ||
        (status?.contested ?? null) !== null);
    if (found instanceof UserError && !unmarked) throw found;
    if (unmarked && reason === null && !app.interactive)
      throw usageError({
        code: 'usage.missing-flag',
        message: `ledger adopt needs --reason here. ${adoptQuestion(admin.where, status, objections)}`,
        hint: place.command('salesq ledger adopt --yes --reason "…"'),
      });
    await askYes(app, adoptQuestion(admin.where, status, objections));
    const after = Math.max(0, ...seen.map(({ at }) => at));
    const { where, mark, inDoubt } = await admin.adopt(nothingSent, { reason, unmarked, after });
    await takeInWaiting(app, place);
    const was = mark?.kind ?? (status === null ? 'missing' : 'unmarked');
    const record = { where, was, at: mark && isoTime(mark.at), inDoubt, reason };
    return print(app, recordReport('salesq/ledger-adopt@1', record, { heading: story(mark, inDoubt) }));
  },
});

/** Whoever asked not to be contacted while a ledger was away is not contacted from this one either. */
async function takeInWaiting(app: App, place: Place): Promise<void> {
  const { takeInEveryOptOut } = await import('../engine/opt-out.js');
  const ledger = await app.ports.ledger(place, 'write');
  try {
    const added = await takeInEveryOptOut(app.ports, ledger, place);
    if (added > 0)
      app.terminal.warn(`Opt-outs that waited for a ledger are on its do-not-call list now: ${added}`);
  } finally {
    await ledger.close();
  }
}

/** Takes the clock for the right one. Throws UserError `usage.missing-flag` (exit 2) without a reason. */
async function adoptClock(
  app: App,
  place: Place,
  admin: LedgerAdmin,
  reason: string | null,
): Promise<ExitCode> {
  const { now, newest } = await admin.status();
  const question = `Is the clock right? It says ${isoTime(now)}; the newest entry of the ledger ${admin.where} is of ${isoTime(newest)}.`;
  if (reason === null)
    throw usageError({
      code: 'usage.missing-flag',
      message: `ledger adopt --clock needs --reason. ${question}`,
      hint: place.command('salesq ledger adopt --clock --reason "…"'),
    });
  await askYes(app, question);
  const note = await admin.adoptClock(reason);
  const record = { where: admin.where, now: isoTime(note.at), newest: isoTime(note.newest), reason };
  return print(
    app,
    recordReport('salesq/ledger-adopt-clock@1', record, {
      heading: [
        'The clock is taken for right. A contact that seems to be newer than now counts as one of now.',
      ],
    }),
  );
}

/** What the ledger is; the error where there is none. */
async function statusOrMissing(admin: LedgerAdmin): Promise<LedgerStatus | UserError> {
  try {
    return await admin.status();
  } catch (error) {
    if (error instanceof UserError && error.code === 'ledger.missing') return error;
    throw error;
  }
}

function adoptQuestion(where: string, status: LedgerStatus | null, objections: readonly Objection[]): string {
  if (status?.mark)
    return `Take the ledger ${where} into use? It knows nothing of what was sent since ${isoTime(status.mark.at)}.`;
  const before = status?.contested ?? { contacts: 0, optOuts: 0 };
  const sum = objections.reduce((all, { missing }) => all + missing.contacts, 0);
  const contacts = Math.max(before.contacts, sum);
  const optOuts = Math.max(before.optOuts, ...objections.map(({ missing }) => missing.optOuts));
  const what = status === null ? `Make a new ledger ${where}` : `Go on with the ledger ${where} as it is`;
  return `${what}? It knows nothing of ${contacts} contacts and ${optOuts} changes of the do-not-call list that were made on this machine.`;
}

const story = (mark: LedgerMark | null, inDoubt: number): string[] => [
  mark?.kind === 'moved' ? `In use again; the one at ${mark.to} must not be.` : 'In use.',
  ...(inDoubt > 0
    ? [`${inDoubt} rows are in doubt: salesq runs list, then salesq runs reconcile <run>`]
    : []),
];

export const ledgerPurge = defineCommand({
  options: {
    olderThan: {
      flag: '--older-than <duration>',
      about: 'of runs that ended, deliveries that came, longer ago: 90d',
      type: durationFromZero,
    },
    dryRun: { flag: '--dry-run', about: 'only say how much it would be', type: flag, default: false },
  },
  more: [
    'Forgotten: cells, payloads, answers, reasons, last copies of leads, contents of deliveries, numbers of rows never sent.',
    'Kept, so that nobody is contacted twice: who was contacted (the number), when, by which run; the do-not-call list.',
    'Runs that are unfinished or have rows in doubt are not touched. Backups are files of their own: delete them yourself.',
  ],
  run: (app, { options: { olderThan, dryRun } }) =>
    withLedgerAdmin(app, async (admin) => {
      if (olderThan === undefined)
        throw usageError({
          code: 'usage.missing-flag',
          message: 'ledger purge needs --older-than: how old what is forgotten must be',
          hint: '`salesq ledger purge --older-than 90d --dry-run`',
        });
      const before = app.clock.now() - olderThan;
      const found = await admin.purgeable(before);
      const nothing = Object.values(found).every((n) => n === 0);
      if (!dryRun && !nothing) await askYes(app, question(found, before));
      const counts = dryRun || nothing ? found : await admin.purge(before);
      const record = { ...counts, before: isoTime(before), dryRun };
      return print(app, recordReport('salesq/ledger-purge@1', record));
    }),
});

const question = ({ runs, rows, deliveries }: PurgeCounts, before: number): string =>
  `Forget the personal data of ${runs} run(s) with ${rows} row(s) and of ${deliveries} deliveries before ${isoTime(before)}? It cannot be undone.`;
