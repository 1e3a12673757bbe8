import { tmpdir } from 'node:os';
import { readOptions, withSettings } from '../../../src/commands/options.js';
import { UserError } from '../../../src/core/errors.js';
import type { Http } from '../../../src/core/http.js';
import type { Json, JsonObject } from '../../../src/core/json.js';
import type { Cleared } from '../../../src/core/number.js';
import { Secret } from '../../../src/core/secret.js';
import { redacting } from '../../../src/engine/run.js';
import type {
  OptionValues,
  PushOperation,
  ReadyRow,
  Vendor,
  VendorCommand,
  VendorContext,
} from '../../../src/core/vendor.js';
import { files } from '../../../src/files.js';
import { realClock } from '../../support/sandboxed.js';
import type { Received } from '../../support/vendor-server.js';

/**
 * How a request ends. A push: the kinds of outcome, one for each row. A read: `data`, `nothing` (a whole answer that says
 * there is none), or `exit N`. Both: `uncaught` and its name, which no answer may lead to.
 */
export type End = string;

/** What was seen of one request under test. */
export interface Seen {
  /** One for each row of a push, in the order of the rows; one for a read. */
  readonly ends: readonly End[];
  /** Cause the run is stopped for; null for none. */
  readonly stop: string | null;
  /** Everything that was told, as text: no secret may stand in it. */
  readonly told: string;
  /** Vendor ids that were recorded. */
  readonly ids: readonly string[];
}

/** What an answer must come to, by meaning: the rule of each kind of endpoint names the ends. */
export type Meaning =
  | 'success'
  | 'refusal'
  /** No documented answer, or none at all: nobody knows. */
  | 'unsure'
  | 'credentials'
  | 'slow-down'
  /** A status that says "not done" around a body that says "done". */
  | 'contradiction';

/** An answer of its own of one endpoint: a body as text, and the ends it may come to. */
export interface OwnAnswer {
  readonly name: string;
  readonly body: (request: Received) => string;
  readonly status?: number;
  /** For each row; alternatives parted by `|`. One alone stands for all rows. */
  readonly ends: readonly string[];
}

/** What a server remembers within one case. */
export interface Memory {
  edited: boolean;
}

/** One request a vendor documents, and everything the matrix must know to cross it with every answer. */
export interface Endpoint {
  readonly id: string;
  readonly vendor: Vendor;
  /** The operation or command it covers. */
  readonly covers: string;
  readonly kind: 'push' | 'read';
  readonly rows: number;
  /** True where a repeat of the request writes a second time. */
  readonly writes: boolean;
  /** Ends for a meaning; alternatives parted by `|`. `stop` after a blank: the run must stop with that cause. */
  readonly rule: Readonly<Record<Meaning, string>>;
  /** The documented success for a request. */
  yes(request: Received): unknown;
  /** Keys of the success that decide, as paths; anything but the documented value proves nothing. */
  readonly decisive: readonly (readonly (string | number)[])[];
  /** What a decisive key with such a value comes to; by default what `unsure` does. */
  readonly spoiled?: (value: unknown) => string;
  /** The answer is a text or a file, not JSON: shapes of JSON mean nothing to it. */
  readonly text?: boolean;
  /** Generic answers, by name, that this endpoint documents otherwise. */
  readonly otherwise?: Readonly<Record<string, string>>;
  readonly own: readonly OwnAnswer[];
  /** Answers requests made beside the one under test; undefined for that one. */
  aside?(request: Received, answered: boolean, memory: Memory): unknown;
  run(context: VendorContext): Promise<Seen>;
}

export const secretText = 'CANARY/secret+4711 ü';

export interface Settings {
  readonly secrets: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, Json>>;
}

/** What a vendor is handed: a real client on a real socket, and a clock that does not let reads wait. */
export function contextFor(url: string, settings: Settings, http: Http, timeoutMs: number): VendorContext {
  const entries = Object.entries(settings.secrets).map(([name, text]) => [name, new Secret(text)] as const);
  return {
    settings: {
      url,
      perSecond: null,
      concurrency: null,
      timeoutMs,
      account: null,
      secrets: Object.fromEntries(entries),
      values: settings.values ?? {},
    },
    http,
    clock: { ...realClock, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    warn: () => undefined,
  };
}

const uncaught = (error: unknown): Seen => ({
  ends: [`uncaught ${error instanceof Error ? error.name : typeof error}`],
  stop: null,
  told: '',
  ids: [],
});

export const ended = (error: unknown): Seen => {
  if (!(error instanceof UserError)) return uncaught(error);
  const { code, message, hint, exit } = error;
  return { ends: [`exit ${exit}`], stop: null, told: JSON.stringify({ code, message, hint }), ids: [] };
};

/** Sends rows as the engine does: through the sender that blots secrets out. */
export async function push(
  operation: PushOperation,
  context: VendorContext,
  options: OptionValues,
  rows: readonly Cleared[],
): Promise<Seen> {
  try {
    const sender = redacting(await operation.open(context, options), Object.values(context.settings.secrets));
    const { outcomes, stop } = await sender.send(rows);
    const of = (row: Cleared): string => {
      const own = outcomes.filter((one) => one.row === row.row);
      return own.length === 1 && own[0] ? own[0].outcome.kind : `${own.length} outcomes`;
    };
    const ids = outcomes.flatMap(({ outcome }) =>
      'vendorId' in outcome && outcome.vendorId !== null ? [outcome.vendorId] : [],
    );
    return { ends: rows.map(of), stop: stop?.cause ?? null, told: JSON.stringify({ outcomes, stop }), ids };
  } catch (error) {
    return ended(error);
  }
}

/** What a sender reads before anything is sent. */
export async function before(
  operation: PushOperation,
  context: VendorContext,
  options: OptionValues,
  rows: readonly ReadyRow[],
): Promise<Seen> {
  async function* each(): AsyncGenerator<ReadyRow> {
    for (const row of rows) yield await Promise.resolve(row);
  }
  try {
    const sender = redacting(await operation.open(context, options), Object.values(context.settings.secrets));
    const kept: unknown[] = [];
    for await (const keepsake of sender.before?.(each()) ?? []) kept.push(keepsake);
    return { ends: [kept.length > 0 ? 'data' : 'nothing'], stop: null, told: JSON.stringify(kept), ids: [] };
  } catch (error) {
    return ended(error);
  }
}

export type Judge = (document: JsonObject, records: readonly JsonObject[]) => End;

const anyRecord: Judge = (_document, records) => (records.length > 0 ? 'data' : 'nothing');

/** Runs a command of a vendor and reads its report to the end. */
export async function read(
  command: VendorCommand,
  context: VendorContext,
  {
    options = {},
    args = [],
    judge = anyRecord,
  }: { options?: OptionValues; args?: readonly string[]; judge?: Judge },
): Promise<Seen> {
  try {
    const report = await command.run({
      context,
      cwd: tmpdir(),
      files,
      args,
      options: withSettings(
        command.options,
        readOptions(command.options, options, 'command'),
        context.settings,
        'vendor',
      ),
      list: () => Promise.resolve([]),
    });
    const records: JsonObject[] = [];
    for await (const record of report.records()) records.push(record);
    const document = (await report.document()) as JsonObject;
    return {
      ends: [judge(document, records)],
      stop: null,
      told: JSON.stringify([document, records]),
      ids: [],
    };
  } catch (error) {
    return ended(error);
  }
}

export async function checked(vendor: Vendor, context: VendorContext): Promise<Seen> {
  try {
    return { ends: ['data'], stop: null, told: await vendor.check(context), ids: [] };
  } catch (error) {
    return ended(error);
  }
}

export function operationOf(vendor: Vendor, id: string): PushOperation {
  const found = vendor.operations.find((operation) => operation.id === id);
  if (!found) throw new Error(`${vendor.id} has no operation ${id}`);
  return found;
}

export function commandOf(vendor: Vendor, id: string): VendorCommand {
  const found = vendor.commands.find((command) => command.id === id);
  if (!found) throw new Error(`${vendor.id} has no command ${id}`);
  return found;
}

/** `dnccheck` of `/dnccheck?number=1`. */
export const pathOf = ({ url }: Received): string => url.replace(/^\//, '').replace(/\?.*$/, '');
export const argumentOf = ({ url }: Received, name: string): string | null =>
  new URL(url, 'http://x').searchParams.get(name);
