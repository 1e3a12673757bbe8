import { isoTime } from '../../core/clock.js';
import { Exit } from '../../core/errors.js';
import type { Json, JsonObject } from '../../core/json.js';
import { plainText } from '../../core/json.js';
import type { HeldLock, LedgerHoldings, LedgerMark, LedgerStatus } from '../../core/ledger-admin.js';
import type { Report } from '../../core/report.js';
import { emit } from '../../output/formats.js';
import type { CommandDefinition } from '../app.js';
import { withLedgerAdmin } from './admin.js';
import { sizeText } from './report.js';

const status: CommandDefinition = {
  options: [],
  more: ['Reads only: it neither makes a ledger nor brings its schema up to date.'],
  run: (app) =>
    withLedgerAdmin(app, async (admin) => {
      await emit(reportOf(await admin.status()), app.format, app.terminal);
      return Exit.ok;
    }),
};

function statusDocument(found: LedgerStatus): JsonObject {
  const { where, engine, engineVersion, schema, mark, durability, bytes, opened, holds } = found;
  return {
    where,
    engine,
    engineVersion,
    schemaVersion: { ...schema },
    mark: mark && { ...mark, at: isoTime(mark.at) },
    durability: { ...durability },
    bytes,
    opened: opened && { at: isoTime(opened.at), host: opened.host },
    holds: holds && holdings(holds),
  };
}

const holdings = ({ accounts, runs, rows, doNotCall, deliveries, locks }: LedgerHoldings): JsonObject => ({
  accounts,
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

function lines(found: LedgerStatus): Line[] {
  const { schema, holds, mark, opened, durability } = found;
  const version =
    schema.found === schema.known ? String(schema.found) : `${schema.found} (known: ${schema.known})`;
  return [
    ['where', found.where],
    ['engine', `${found.engine} ${found.engineVersion}`],
    ['schema', version],
    ['state', mark === null ? 'in use' : markText(mark)],
    ...Object.entries(durability),
    ['bytes', found.bytes],
    ['opened', opened ? `${isoTime(opened.at)} on ${opened.host}` : 'never'],
    ...(holds ? holdingLines(holds) : []),
  ];
}

function holdingLines({ accounts, runs, rows, doNotCall, deliveries, locks }: LedgerHoldings): Line[] {
  return [
    ['accounts', accounts],
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

function reportOf(found: LedgerStatus): Report {
  return {
    document: () => ({ schema: 'salesq/ledger-status@1', ...statusDocument(found) }),
    records: () => lines(found).map(([what, value]): JsonObject => ({ what, value })),
    columns: [
      { title: 'what', value: ({ what }) => what },
      { title: 'value', value: ({ what, value }) => (what === 'bytes' ? sized(value) : plainText(value)) },
    ],
    exit: Exit.ok,
  };
}

const sized = (value: Json | undefined): string => `${plainText(value)} (${sizeText(Number(value))})`;

export default status;
