import type { HttpResult } from '../../core/http.js';
import {
  type Json,
  type JsonObject,
  isObject,
  entriesOf,
  isNested,
  recordOf,
  wholeText,
} from '../../core/json.js';
import { type Cleared, type Sealed, bytesOf, PhoneNumber } from '../../core/number.js';
import {
  type Outcome,
  type RowOutcome,
  type SendResult,
  type DoubtfulRow,
  type Sighting,
  doubtful,
  rejected,
  resultForAll,
  unclear,
} from '../../core/outcome.js';
import { phoneDigits } from '../../core/phone-key.js';
import type { Problem } from '../../core/row.js';
import { json, path, phone, specs, text } from '../../core/value.js';
import type {
  Compiled,
  Lead,
  OptionValues,
  PushOperation,
  ReadBack,
  Sender,
  VendorContext,
} from '../../core/vendor.js';
import { pace, post, readAnswer } from './client.js';
import { checkScript, requireScript, scriptAsSent } from './script.js';
import { type SalesQLead, clockSkewMs, fetchLeads, unreliable, systemKeys } from './update.js';

/** A lead as it is sent, its number first. */
export type ImportPayload = { readonly Phone: PhoneNumber; readonly [key: string]: Sealed };

/**
 * After a lost answer to `import`: is the lead in `update` (docs/vendors/sales-q.md#update)? That it shows `mappingId`
 * is an inference. It shows "active leads", so that absence proves nothing and never makes a row ready.
 */
const importReadBack: ReadBack<ImportPayload> = {
  about: 'update is read once; leads are matched by mappingId, then by the digits of their phone',
  settleMs: 120_000,
  absentMeansReady: false,
  find: async (context, rows) => findImported(await fetchLeads(context), rows),
};

/**
 * `POST /import` (docs/vendors/sales-q.md#import): sends leads and starts chats. Nothing says that a second identical
 * request is recognised, so a lost answer is never repeated.
 */
export const importLeads: PushOperation<ImportPayload> = {
  id: 'import',
  summary: 'send leads and start their WhatsApp chats',
  channel: 'message',
  reaches: () => 'by-number',
  scope: () => 'chat',
  key: { field: 'Phone' },
  fields: [
    {
      name: 'Phone',
      type: phone,
      column: { concept: 'phone' },
      required: true,
      dials: true,
      about: 'mobile number; sent as digits with country code',
    },
    {
      name: 'mappingId',
      type: text({ max: 200 }),
      column: { aliases: ['mapping id'] },
      about: 'your own key, echoed in the answer; made up if absent',
    },
    { name: 'script', type: json, about: 'a dialog script for this lead alone' },
  ],
  freeColumn: checkDataPointName,
  parameters: { token: 'the profile' },
  // The document names no limit: 50 leads are usual, more where they are asked for.
  limits: { items: 1_000, usual: 50, bytes: 90_000 },
  pace,
  afterLoss: () => 'read-back',
  readBack: importReadBack,
  refField: 'mappingId',
  options: specs({
    script: {
      flag: '--script <file>',
      about: 'JSON file with a dialog script for every lead of this file (default: the campaign script)',
      type: path,
    },
  }),
  checkOptions: async ({ script: file }, files) =>
    typeof file === 'string' ? { script: requireScript(await files.json(file), file) } : {},
  compile: compileLead,
  size: (payload, options) => bytesOf(withScript(payload, options)) + 1,
  open: (context, options) => Promise.resolve({ send: sendLeads(context, options) }),
};

function compileLead(lead: Lead): Compiled<ImportPayload> {
  const { Phone, mappingId, script } = lead.fields;
  if (!(Phone instanceof PhoneNumber)) throw new Error('sales-q: a lead without a number was compiled');
  const payload = recordOf<Sealed>([
    ['Phone', Phone],
    ...entriesOf(lead.free),
    ...(mappingId === undefined ? [] : [['mappingId', mappingId] as const]),
  ]) as ImportPayload;
  const problems = nestedValues(lead.free);
  if (script === undefined) return { payload, problems };
  problems.push(
    ...checkScript(script as Json).map(({ message }) => ({
      code: 'script.invalid',
      message,
      column: 'script',
    })),
  );
  return { payload: { ...payload, script }, problems };
}

/** A data point is a text, a number or a boolean: nothing in the document nests. */
const nestedValues = (free: JsonObject): Problem[] =>
  Object.entries(free)
    .filter(([, value]) => isNested(value))
    .map(([column]) => ({
      code: 'field.nested',
      message: `Column "${column}" holds a list or an object; Sales_Q takes plain values`,
      column,
    }));

/** A row's own script wins over the one of the run. */
function withScript<T extends { readonly [key: string]: unknown }>(payload: T, options: OptionValues): T {
  const script = payload['script'] ?? options['script'];
  return script === undefined ? payload : { ...payload, script };
}

const sendLeads =
  (context: VendorContext, options: OptionValues): Sender<ImportPayload>['send'] =>
  async (rows) => {
    const numbers = context.settings.values['scriptNumbers'] === true;
    const leads = rows.map((row) => {
      const { Phone, ...rest } = row.payload;
      const lead = withScript<JsonObject>({ Phone: Phone.digits(), ...(rest as JsonObject) }, options);
      return lead['script'] === undefined ? lead : { ...lead, script: scriptAsSent(lead['script'], numbers) };
    });
    const result = await post(context, 'import', { leads });
    return readImport(result, rows, context.clock.now());
  };

/** Pure: what an answer to `import` means for each row of the request. */
export function readImport(
  result: HttpResult,
  rows: readonly Cleared<ImportPayload>[],
  nowMs: number,
): SendResult {
  const answer = readAnswer(result, nowMs);
  if (answer.kind === 'settled') return resultForAll(rows, answer.outcome, answer.stop);
  if (answer.kind === 'no') {
    const reason =
      answer.log === '' ? 'Sales_Q refused the request' : `Sales_Q refused the request: ${answer.log}`;
    return resultForAll(rows, rejected('vendor.refused', reason));
  }
  return { outcomes: matchIds(answer.body['ids'], rows), stop: null };
}

interface IdEntry {
  readonly id: string;
  readonly mappingId: string | null;
  readonly digits: string | null;
}

/** `ids[]` in no promised order: matched by `mappingId`, then by the digits of `Phone`; never by position. */
function matchIds(ids: Json | undefined, rows: readonly Cleared<ImportPayload>[]): RowOutcome[] {
  const entries = Array.isArray(ids) ? ids.flatMap(readEntry) : [];
  const found = rows.map((row) => ({ row: row.row, entry: findEntry(row, entries, rows) }));
  const uses = new Map<string, number>();
  for (const { entry } of found) if (entry) uses.set(entry.id, (uses.get(entry.id) ?? 0) + 1);
  return found.map(({ row, entry }) => ({ row, outcome: entryOutcome(entry, uses) }));
}

function entryOutcome(entry: IdEntry | undefined, uses: ReadonlyMap<string, number>): Outcome {
  if (!entry)
    return doubtful('vendor.no-id', 'Sales_Q said it imported the leads but gave no id for this one');
  if ((uses.get(entry.id) ?? 0) > 1)
    return doubtful('vendor.duplicate-id', 'Sales_Q gave the same id for several leads');
  return { kind: 'delivered', vendorId: entry.id };
}

function readEntry(value: Json): IdEntry[] {
  if (!isObject(value)) return [];
  const id = scalar(value['id']);
  if (id === null || id === '') return [];
  const phone = scalar(value['Phone']) ?? scalar(value['phone']);
  return [{ id, mappingId: scalar(value['mappingId']), digits: phone?.replace(/\D/g, '') ?? null }];
}

/** A text or a whole number, as text. */
const scalar = (value: Json | undefined): string | null =>
  typeof value === 'string' ? value : wholeText(value);

function findEntry(
  row: Cleared<ImportPayload>,
  entries: readonly IdEntry[],
  rows: readonly Cleared<ImportPayload>[],
): IdEntry | undefined {
  const own = entries.filter((entry) => entry.mappingId === row.ref);
  if (own.length > 0)
    return own.length === 1 || own.every((entry) => entry.id === own[0]?.id) ? own[0] : undefined;
  const digits = row.payload.Phone.digits();
  if (rows.filter(({ payload }) => payload.Phone.digits() === digits).length > 1) return undefined;
  const byPhone = entries.filter((entry) => entry.mappingId === null && entry.digits === digits);
  return byPhone.length === 1 ? byPhone[0] : undefined;
}

/** Pure: which rows the leads of an `update` answer show. A phone that is there is never absent, whoever imported it. */
export function findImported(
  leads: readonly SalesQLead[],
  rows: readonly DoubtfulRow<ImportPayload>[],
): Sighting[] {
  const byKey = grouped(leads, ({ mappingId }) => mappingId ?? '');
  const byPhone = grouped(leads, ({ phone }) => phoneDigits(phone));
  const sharers = grouped(rows, digitsOf);
  const shown: Shown = { leads, showsKeys: leads.some(({ mappingId }) => mappingId !== null) };
  return rows.map((row) => {
    const own = byKey.get(row.ref) ?? [];
    if (own.length > 0) return ownLead(row, own);
    const digits = digitsOf(row);
    const there = byPhone.get(digits) ?? [];
    if (there.length === 0) return absent(row, shown);
    return samePhone(row, there, shown, (sharers.get(digits) ?? []).length);
  });
}

interface Shown {
  readonly leads: readonly SalesQLead[];
  /** Whether any lead of the answer shows a mappingId: then ours would show its own. */
  readonly showsKeys: boolean;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

const digitsOf = ({ payload }: DoubtfulRow<ImportPayload>): string => payload.Phone.digits();

function ownLead(row: DoubtfulRow<ImportPayload>, own: readonly SalesQLead[]): Sighting {
  const digits = digitsOf(row);
  const others = own.filter(({ phone }) => phone !== '' && phoneDigits(phone) !== digits);
  if (others.length > 0)
    return unclear(row, 'vendor.foreign-phone', 'Sales_Q has this mappingId with another phone number');
  const ids = [...new Set(own.map(({ id }) => id))];
  return foundLead(row, own[0], 'mappingId', ids);
}

/** The person is there; whether by our request or by another is the question. */
function samePhone(
  row: DoubtfulRow<ImportPayload>,
  there: readonly SalesQLead[],
  { showsKeys }: Shown,
  rowsOfPhone: number,
): Sighting {
  const present = 'Sales_Q has a lead with this phone number';
  if (showsKeys) {
    const reason = `${present}, but not with this row's mappingId: it came by another import. Not sent again`;
    return unclear(row, 'vendor.other-lead', reason);
  }
  if (there.length > 1 || rowsOfPhone > 1)
    return unclear(row, 'vendor.several-leads', `${present} more than once, or several rows have the number`);
  const [lead] = there;
  const began = lead?.chat.map(({ at }) => (at === null ? NaN : Date.parse(at))) ?? [];
  if (began.some((at) => at < row.sentAt - clockSkewMs)) {
    const reason = `${present} whose chat began before this row was sent: it came by another import. Not sent again`;
    return unclear(row, 'vendor.earlier-lead', reason);
  }
  return foundLead(row, lead, 'phone', lead ? [lead.id] : []);
}

const foundLead = (
  { row }: DoubtfulRow<ImportPayload>,
  lead: SalesQLead | undefined,
  by: string,
  ids: readonly string[],
): Sighting => ({
  row,
  seen: 'found',
  vendorId: ids.length === 1 ? (ids[0] ?? null) : null,
  evidence: { asked: 'update', by, ids, status: lead?.status ?? null, state: lead?.state ?? null },
});

function absent(row: DoubtfulRow<ImportPayload>, { leads, showsKeys }: Shown): Sighting {
  const doubtful = unreliable(leads);
  if (doubtful !== null) return unclear(row, doubtful.code, doubtful.reason);
  return { row: row.row, seen: 'absent', evidence: { asked: 'update', leads: leads.length, showsKeys } };
}

/**
 * No dots and no special characters, which are not listed; a sample name has a space
 * (docs/vendors/sales-q.md#data-points).
 */
const allowedName = /^[\p{L}\p{M}\p{N}_-]+(?: [\p{L}\p{M}\p{N}_-]+)*$/u;

/** Whether a column may travel as a Sales_Q data point under its own name; null if it may. */
export function checkDataPointName(name: string): Problem | null {
  if (systemKeys.has(name)) {
    return {
      code: 'field.reserved-name',
      message: `Column "${name}" cannot travel as a data point: Sales_Q uses that name itself. Rename or ignore it in a map file`,
      column: name,
    };
  }
  if (!allowedName.test(name)) {
    return {
      code: 'field.forbidden-name',
      message:
        `Column "${name}" cannot travel as a data point: Sales_Q allows letters, digits, "_", "-" and single spaces in a name, ` +
        'no dots or other special characters. Rename or ignore it in a map file',
      column: name,
    };
  }
  return null;
}
