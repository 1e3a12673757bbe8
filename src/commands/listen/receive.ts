import type { Delivery } from '../../core/delivery.js';
import type { ExitCode } from '../../core/errors.js';
import { Exit, usageError, UserError } from '../../core/errors.js';
import type { Ledger } from '../../core/ledger.js';
import type { Vendor, Webhook } from '../../core/vendor.js';
import { isOutputFormat, type OutputFormat } from '../../output/formats.js';
import { jsonLine } from '../../output/terminal.js';
import { isLoopback } from '../../server/listen.js';
import { startReceiver, type Receiver, type WebhookCounts } from '../../server/webhook.js';
import type { App, CommandDefinition, Invocation } from '../app.js';
import { openSession, writeLedger, type Session } from '../session.js';
import { DeliveryPrinter } from './printer.js';

/** `salesq <vendor> listen`: stores what the vendor posts, until it is stopped. */
export const listenDefinition = (vendor: Vendor, webhook: Webhook): CommandDefinition => ({
  options: [
    { flags: '--host <address>', about: 'address to listen on (default 127.0.0.1)' },
    { flags: '--port <n>', about: 'port to listen on (default 8787; 0 for any free one)' },
    { flags: '--path <path>', about: 'the path the vendor posts to (default /hook)' },
  ],
  more: [
    `A delivery is in the ledger before ${vendor.title} gets its 200; the same again is stored once.`,
    'What carries a wrong token, cannot be read or is too large is refused and kept apart: listen list --quarantined',
    'The address must be reachable with https: put a TLS proxy in front and leave --host alone.',
    'In a pipe a line of ndjson is printed for each delivery, after it is stored.',
  ],
  run: async (app, invocation) => {
    const address = readAddress(invocation);
    const session = await openSession(app, await app.ports.place(), vendor);
    return writeLedger(app, session.place, async (ledger) => {
      const account = await ledger.account(session.account());
      if (!isLoopback(address.host))
        app.terminal.warn(
          'Others can reach this port, and it speaks plain HTTP: leads and the token must not come this way without TLS in front.',
        );
      return receive({ app, vendor, webhook, session, ledger, account, address, invocation });
    });
  },
});

/** Where the vendor posts to. */
interface Address {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

interface Work {
  readonly app: App;
  readonly vendor: Vendor;
  readonly webhook: Webhook;
  readonly session: Session;
  readonly ledger: Ledger;
  readonly account: string;
  readonly address: Address;
  readonly invocation: Invocation;
}

/** Reads the flags. Throws UserError (exit 2). */
function readAddress({ options }: Invocation): Address {
  const text = (name: string, otherwise: string): string =>
    typeof options[name] === 'string' ? options[name].trim() : otherwise;
  const [host, port, path] = [text('host', '127.0.0.1'), text('port', '8787'), text('path', '/hook')];
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw bad('--port takes a number from 0 to 65535');
  if (!/^\/[^\s?#]*$/.test(path)) throw bad('--path takes a path that starts with /, without ? and #');
  if (host === '') throw bad('--host takes an address');
  return { host, port: Number(port), path };
}

const bad = (message: string): UserError =>
  usageError({ code: 'usage.bad-value', message, hint: 'See --help' });

async function receive(work: Work): Promise<ExitCode> {
  const { app, vendor, webhook, session, ledger, account, address } = work;
  const format = formatOf(work);
  const printer = await DeliveryPrinter.open(format, app.terminal);
  const say = new Troubles(app);
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
function formatOf({ app, invocation: { options } }: Work): OutputFormat {
  const asked = options['output'] ?? app.env['SALESQ_OUTPUT'] ?? '';
  const explicit = options['json'] === true || (typeof asked === 'string' && isOutputFormat(asked.trim()));
  return explicit || app.terminal.stdoutIsTTY ? app.format : 'ndjson';
}

/** First signal: no new deliveries, those under way are finished. Second: they are cut, unanswered. */
async function untilStopped(app: App, receiver: Receiver): Promise<void> {
  await aborted(app.stopping);
  const cut = (): void => receiver.cut();
  app.aborting.addEventListener('abort', cut, { once: true });
  await receiver.close();
  app.aborting.removeEventListener('abort', cut);
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

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
