import {
  type ExitCode,
  type UserErrorDetails,
  credentialsRefused,
  Exit,
  temporary,
  UserError,
} from '../../core/errors.js';
import { type HttpResult, retryAfterMs } from '../../core/http.js';
import { type Json, type JsonObject, isObject, keysOf } from '../../core/json.js';
import type { SealedObject } from '../../core/number.js';
import { type DoubtfulRow, type Sighting, unclear } from '../../core/outcome.js';
import { withoutSecrets } from '../../core/secret.js';
import type { Column, Report } from '../../core/report.js';
import type { VendorContext } from '../../core/vendor.js';
import { type Answered, answerJson, refusedLogin, statusOf, withWords } from './answers.js';
import { type Call, Client } from './client.js';

/** Tries of a read, the first included. */
const readTries = 3;
const longestWaitMs = 30_000;

/** The answer of a read, or why there is none. `again`: the fault may pass. */
type Verdict =
  | { readonly ok: true; readonly answer: Answered }
  | { readonly ok: false; readonly again: boolean; readonly waitMs: number; readonly error: UserError };

const failed = (again: boolean, error: UserError, waitMs = 0): Verdict => ({
  ok: false,
  again,
  waitMs,
  error,
});

const nothingChanged = 'Nothing was changed; try again later';

/** The login was refused (exit 4). */
export const loginRefused = (): UserError => {
  const { code, message, hint } = refusedLogin;
  return credentialsRefused({ code, message, hint });
};

/** An answer that is complete and not what the document describes (exit 5). */
export const unusableAnswer = (
  message: string,
  code = 'vendor.unreadable-answer',
  hint = 'Look at urlTemplate and url of the profile, or ask the vendor',
): UserError => temporary({ code, message: `mmDial: ${message}`, hint });

/** The vendor understood and said no (exit 3). */
export const refusedBy = (
  client: Client,
  body: JsonObject,
  what: string,
  details: Partial<UserErrorDetails> = {},
): UserError =>
  new UserError({
    code: 'vendor.refused',
    message: withoutSecrets(
      withWords(`mmDial refused ${what}`, body),
      Object.values(client.context.settings.secrets),
    ),
    hint: nothingChanged,
    exit: Exit.partial,
    ...details,
  });

/** The verdict on the result of a read: only a 2xx is an answer. */
export function readVerdict(result: HttpResult, nowMs: number): Verdict {
  if (result.kind !== 'answer') {
    const again = result.code !== 'net.tls' && result.code !== 'net.too-large';
    const message = `mmDial could not be read: ${result.reason}`;
    return failed(again, temporary({ code: result.code, message, hint: nothingChanged }));
  }
  const { status } = result;
  if (status >= 200 && status < 300) return { ok: true, answer: result };
  if (status === 401 || status === 403) return failed(false, loginRefused());
  if (status === 429 || status >= 500) {
    const wait = Math.min(retryAfterMs(result.headers, nowMs) ?? 0, longestWaitMs);
    const message = `mmDial answered ${status}`;
    return failed(true, temporary({ code: 'vendor.unavailable', message, hint: nothingChanged }), wait);
  }
  if (status === 404)
    return failed(false, unusableAnswer('no such function (404)', 'vendor.unknown-function'));
  return failed(false, unusableAnswer(`answered with status ${status}`));
}

/** Sends something that changes nothing, again if the fault may pass. Throws UserError (exit 4 or 5). */
export async function reading(client: Client, send: () => Promise<HttpResult>): Promise<Answered> {
  const { clock, signal } = client.context;
  for (let attempt = 1; ; attempt += 1) {
    const verdict = readVerdict(await send(), clock.now());
    if (verdict.ok) return verdict.answer;
    if (!verdict.again || attempt === readTries || signal.aborted) throw verdict.error;
    await clock.sleep(Math.max(verdict.waitMs, 500 * 4 ** (attempt - 1)), signal);
    if (signal.aborted) throw verdict.error;
  }
}

/** The JSON object a reading function answers. Throws UserError; `status: error` is `vendor.refused` (exit 3). */
export async function readObject(client: Client, call: Call): Promise<JsonObject> {
  const answer = await reading(client, () => client.call(call));
  const body = answerJson(answer);
  if (!isObject(body))
    throw unusableAnswer(`${call.name} answered ${answer.status} with something that is not a JSON object`);
  if (statusOf(body) === 'error') throw refusedBy(client, body, call.name);
  return body;
}

/** True for faults of the connection or the whole service: the next row would fail too. */
const isDown = ({ code }: UserError): boolean => code.startsWith('net.') || code === 'vendor.unavailable';

/**
 * Looks for rows one by one. An unusable answer leaves its row unclear. If mmDial goes down, the sightings so far are
 * returned and the other rows left out. Throws UserError for refused credentials, or where nothing could be read.
 */
export async function findRowByRow<P extends SealedObject>(
  context: VendorContext,
  rows: readonly DoubtfulRow<P>[],
  look: (client: Client, row: DoubtfulRow<P>) => Promise<Sighting>,
): Promise<Sighting[]> {
  const client = new Client(context);
  const sightings: Sighting[] = [];
  for (const row of rows) {
    if (context.signal.aborted) break;
    try {
      sightings.push(await look(client, row));
    } catch (error) {
      if (!(error instanceof UserError) || error.exit === Exit.credentials) throw error;
      const down = isDown(error);
      if (down && sightings.length === 0) throw error;
      sightings.push(unclear(row, error.code, error.message));
      if (down) break;
    }
  }
  return sightings;
}

/** Separators of a CSV whose shape is not documented, likeliest first: the product's own habit is the semicolon. */
const separators = [';', '\t', ',', '|'] as const;

/** The separator most lines agree on, quoted parts left out; a semicolon where there is none: one column. */
function separatorOf(text: string): string {
  const lines = text
    .slice(0, 64_000)
    .replace(/"(?:[^"]|"")*"/g, '')
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, 200);
  const score = (separator: string): number => lines.filter((line) => line.includes(separator)).length;
  const [best] = [...separators].sort((a, b) => score(b) - score(a));
  return best !== undefined && score(best) > 0 ? best : ';';
}

/** The cells of every line; stray quotes and ragged lines are tolerated, so that no line is lost. */
export async function parseCsv(text: string): Promise<string[][]> {
  const { parse } = await import('csv-parse/sync');
  return parse(text, {
    delimiter: separatorOf(text),
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
}

const phones = new Set(['phone', 'alt_phone', 'number', 'phone_number']);

/** A column that shows one key of a record; keys that hold numbers to call are masked for people. */
export const keyColumn = (key: string): Column => ({
  title: key,
  value: (record) => record[key],
  kind: phones.has(key.replace(/^customerfield_/, '')) ? 'phone' : 'text',
});

/** A column for every key of the records, in the order keys first occur. */
const columnsOf = (records: readonly JsonObject[]): Column[] =>
  [...new Set(records.flatMap(keysOf))].map(keyColumn);

/** A report over records that are all in memory. */
export function reportOf(parts: {
  readonly schema: string;
  readonly document: Readonly<Record<string, Json>>;
  readonly records: readonly JsonObject[];
  readonly columns?: readonly Column[];
  readonly footer?: readonly string[];
  readonly empty: string;
  readonly exit?: ExitCode;
}): Report {
  const { schema, document, records, footer, empty } = parts;
  return {
    document: () => ({ schema: `salesq/mmdial-${schema}@1`, ...document }),
    records: () => records,
    columns: parts.columns ?? columnsOf(records),
    ...(footer ? { footer } : {}),
    empty,
    exit: parts.exit ?? Exit.ok,
  };
}
