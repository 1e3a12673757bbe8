import { aborted, isoTime } from '../core/clock.js';
import type { Delivery, DeliveryState, Ledger } from '../core/ledger.js';
import { Exit, UserError, type ExitCode } from '../core/errors.js';
import { type Json, type JsonObject, writeJson, entriesOf } from '../core/json.js';
import { isLoopback } from '../core/http.js';
import { maskPhone } from '../core/phone-key.js';
import { column, listReport, type Column, type Report } from '../core/report.js';
import { flag, parsed, specs, text, type Values } from '../core/value.js';
import type { Vendor, Webhook } from '../core/vendor.js';
import { formats, type OutputFormat, type RecordText } from '../output/formats.js';
import type { Terminal } from '../output/terminal.js';
import { formatShown, jsonLine, noPaint } from '../output/text.js';
import type { Receiver, WebhookCounts } from '../webhook/receiver.js';
import {
  defineCommand,
  type App,
  type CommandDefinition,
  lookAtLedger,
  openSession,
  print,
  writeLedger,
  type Session,
} from './command.js';
import { port } from './push-flags.js';

/** Where the vendor posts to. */
const addressOptions = specs({
  host: {
    flag: '--host <address>',
    about: 'address to listen on (default 127.0.0.1)',
    type: text({ expects: 'an address' }),
    default: '127.0.0.1',
  },
  port: {
    flag: '--port <n>',
    about: 'port to listen on (default 8787; 0 for any free one)',
    type: port,
    default: 8787,
  },
  path: {
    flag: '--path <path>',
    about: 'the path the vendor posts to (default /hook)',
    type: parsed('path of a URL', 'a path that starts with /, without ? and #', (value) =>
      /^\/[^\s?#]*$/.test(value.trim()) ? value.trim() : null,
    ),
    default: '/hook',
  },
});

/** `salesq <vendor> listen`: stores what the vendor posts, until it is stopped. */
export const listenDefinition = (vendor: Vendor, webhook: Webhook): CommandDefinition =>
  defineCommand({
    options: addressOptions,
    more: [
      `A delivery is in the ledger before ${vendor.title} gets its 200; the same again is stored once.`,
      'What carries a wrong token, cannot be read or is too large is refused and kept apart: listen list --quarantined',
      'The address must be reachable with https: put a TLS proxy in front and leave --host alone.',
      'In a pipe a line of ndjson is printed for each delivery, after it is stored.',
    ],
    run: async (app, { options: address }) => {
      const session = await openSession(app, await app.ports.place(), vendor);
      return writeLedger(app, session.place, async (ledger) => {
        const account = await ledger.account(session.account());
        if (!isLoopback(address.host))
          app.terminal.warn(
            'Others can reach this port, and it speaks plain HTTP: leads and the token must not come this way without TLS in front.',
          );
        return receive({ app, vendor, webhook, session, ledger, account, address });
      });
    },
  });

interface Work {
  readonly app: App;
  readonly vendor: Vendor;
  readonly webhook: Webhook;
  readonly session: Session;
  readonly ledger: Ledger;
  readonly account: string;
  readonly address: Values<typeof addressOptions>;
}

async function receive(work: Work): Promise<ExitCode> {
  const { app, vendor, webhook, session, ledger, account, address } = work;
  const format = formatOf(app);
  const printer = await DeliveryPrinter.open(format, app.terminal);
  const say = new Troubles(app);
  const { startReceiver } = await import('../webhook/receiver.js');
  const receiver = await startReceiver({
    ...address,
    webhook,
    settings: session.settings,
    account,
    ledger,
    clock: app.clock,
    onStored: (delivery) => printer.print(delivery),
    onFailure: (error) => say.failed(error),
    onQuarantine: (delivery, full) => say.quarantined(delivery, full),
  });
  app.terminal.note(`${vendor.title} posts to ${receiver.url}`);
  app.terminal.note('Stop with Ctrl-C.');
  await untilStopped(app, receiver);
  const counts = receiver.counts();
  for (const line of summaryLines(counts, printer.missed)) app.terminal.note(line);
  if (format === 'json')
    await app.terminal.write(jsonLine({ schema: 'salesq/listen@1', vendor: vendor.id, counts }));
  return Exit.ok;
}

/** In a pipe a stream of lines is wanted, unless something else is asked for. */
function formatOf(app: App): OutputFormat {
  const explicit = app.flags.output ?? app.env['SALESQ_OUTPUT'];
  return explicit !== undefined || app.terminal.stdoutIsTTY ? app.format : 'ndjson';
}

/** First signal: no new deliveries, those under way are finished. Second: they are cut, unanswered. */
async function untilStopped(app: App, receiver: Receiver): Promise<void> {
  await aborted(app.stopping);
  const cut = (): void => receiver.cut();
  app.aborting.addEventListener('abort', cut, { once: true });
  await receiver.close();
  app.aborting.removeEventListener('abort', cut);
}

/** What goes wrong, told once in a while: a flood of forgeries must not become a flood of lines. */
class Troubles {
  readonly #last = new Map<string, number>();

  constructor(private readonly app: App) {}

  failed(error: unknown): void {
    const known = error instanceof UserError;
    const why = known ? error.message : 'This is a bug of salesq; -v shows where.';
    this.#tell('failed', `A delivery could not be stored, and was not acknowledged. ${why}`);
    if (!known && error instanceof Error) this.app.terminal.detail(framesOf(error));
  }

  quarantined({ code }: Delivery, full: boolean): void {
    if (full)
      return this.#tell(
        'full',
        'The quarantine takes no more in this hour: refused deliveries are only counted.',
      );
    this.#tell(code ?? '', `A delivery was refused and put in quarantine (${code ?? ''}).`);
  }

  #tell(what: string, message: string): void {
    const now = this.app.clock.monotonic();
    const last = this.#last.get(what);
    if (last !== undefined && now - last < everyMs) return;
    this.#last.set(what, now);
    this.app.terminal.warn(message);
  }
}

/** The same trouble is told at most this often. */
const everyMs = 60_000;

const framesOf = (error: Error): string =>
  [error.name, ...(error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))].join('\n');

function summaryLines(counts: WebhookCounts, missed: number): string[] {
  const refused = Object.entries(counts.quarantined).filter(([, count]) => count > 0);
  const parts = [
    `stored ${counts.stored}`,
    ...(counts.known > 0 ? [`delivered again ${counts.known}`] : []),
    ...(counts.failed > 0 ? [`not stored ${counts.failed}`] : []),
    ...refused.map(([code, count]) => `${code} ${count}`),
    ...(counts.notKept > 0 ? [`refused and not kept ${counts.notKept}`] : []),
  ];
  const lines = [parts.join(' · ')];
  if (missed > 0) lines.push(`${missed} lines were not printed, because nobody read them: see listen list`);
  return lines;
}

/** How long a delivery waits for a reader of stdout that does not read, in ms: its sender waits for the answer. */
const patienceMs = 2_000;
/** Text such a reader may leave in memory. */
const mostWaiting = 64 * 1024 * 1024;

/**
 * A line for each stored delivery, at once. A reader that went away, or stands still, keeps nothing from being stored:
 * what it missed is in `listen list`.
 */
class DeliveryPrinter {
  #waiting = 0;
  #missed = 0;

  private constructor(
    private readonly terminal: Terminal,
    private readonly text: RecordText | null,
  ) {}

  static async open(format: OutputFormat, terminal: Terminal): Promise<DeliveryPrinter> {
    const text =
      format === 'table' ? forPeople(terminal) : await formats[format]?.(deliveryColumns, terminal);
    await terminal.write(text?.head ?? '');
    return new DeliveryPrinter(terminal, text ?? null);
  }

  /** Lines that were not printed, because the reader stood still. */
  get missed(): number {
    return this.#missed;
  }

  async print(delivery: Delivery): Promise<void> {
    if (this.terminal.stdoutClosed || !this.text) return;
    const text = this.text.lines([deliveryRecord(delivery)]);
    if (this.#waiting > mostWaiting) {
      this.#missed += 1;
      return;
    }
    this.#waiting += text.length;
    const written = this.terminal.write(text).then(() => {
      this.#waiting -= text.length;
    });
    await orAfter(patienceMs, written);
  }
}

/** Resolves with the task, or after so long without it. */
async function orAfter(ms: number, task: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([task, late]);
  clearTimeout(timer);
}

/** A line a delivery: when, who, what became of it. */
function forPeople({ showPii, unicode }: Terminal): RecordText {
  const style = { unicode, paint: noPaint, mask: showPii ? null : maskPhone };
  const shown = (record: JsonObject) => (column: Column) => {
    const text = formatShown(column, record, style);
    return text && column.kind === 'number' ? `${text} messages` : text;
  };
  const line = (record: JsonObject): string =>
    deliveryColumns
      .map(shown(record))
      .filter((text) => text !== '')
      .join('  ');
  return { head: '', lines: (records) => records.map((record) => `${line(record)}\n`).join('') };
}

/** `salesq <vendor> listen list`: the deliveries in the ledger, newest last. */
export const listDefinition = (vendor: Vendor): CommandDefinition =>
  defineCommand({
    options: {
      quarantined: {
        flag: '--quarantined',
        about: 'those that were refused: forged, unreadable or too large',
        type: flag,
        default: false,
      },
    },
    run: async (app, { options }) => {
      const session = await openSession(app, await app.ports.place(), vendor);
      const state = options.quarantined ? 'quarantined' : 'stored';
      return lookAtLedger(app, session.place, async (ledger) => {
        const account = await ledger?.account(session.account());
        return print(app, deliveriesReport(vendor, state, ledger, account));
      });
    },
  });

async function* recordsOf(
  state: DeliveryState,
  ledger: Ledger | null,
  account: string | undefined,
): AsyncIterable<JsonObject> {
  if (!ledger || account === undefined) return;
  const record = state === 'stored' ? deliveryRecord : quarantineRecord;
  for await (const delivery of ledger.deliveries({ account, state })) yield record(delivery);
}

const deliveriesReport = (
  vendor: Vendor,
  state: DeliveryState,
  ledger: Ledger | null,
  account: string | undefined,
): Report =>
  listReport(
    { schema: 'salesq/deliveries@1', vendor: vendor.id, state },
    'deliveries',
    () => recordsOf(state, ledger, account),
    {
      columns: state === 'stored' ? deliveryColumns : quarantineColumns,
      empty: state === 'stored' ? 'No deliveries yet.' : 'Nothing in quarantine.',
    },
  );

/** Tells a delivery from all others; the same wherever it is shown. */
const shortDigest = 16;

/** A delivery as a line of `ndjson`: the vendor's record, and what is ours about it. */
const deliveryRecord = ({ at, digest, record }: Delivery): JsonObject => ({
  type: 'delivery',
  delivery: digest.slice(0, shortDigest),
  at: isoTime(at),
  ...record,
});

/** One in quarantine, with the beginning of what came. */
const quarantineRecord = ({ at, digest, code, bytes, body }: Delivery): JsonObject => ({
  type: 'quarantined',
  delivery: digest.slice(0, shortDigest),
  at: isoTime(at),
  code,
  bytes,
  body,
});

const messages = ({ chat }: JsonObject): number | undefined =>
  Array.isArray(chat) ? chat.length : undefined;

const deliveryColumns: readonly Column[] = [
  column('at', 'time'),
  column('id'),
  column('phone', 'phone'),
  column('status'),
  { title: 'messages', value: messages, kind: 'number' },
  { title: 'data', value: ({ data }) => dataText(data) },
  column('comment'),
];

const quarantineColumns: readonly Column[] = [
  column('at', 'time'),
  column('delivery'),
  column('code'),
  column('bytes', 'number'),
];

const dataText = (data: Json | undefined): string =>
  entriesOf((data ?? {}) as JsonObject)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? writeJson(value) : String(value)}`)
    .join(', ');
