import type { HttpResult } from '../../core/http.js';
import type { Json, JsonObject } from '../../core/json.js';
import { isObject } from '../../core/json.js';
import type { Outcome, RowOutcome, SendResult } from '../../core/outcome.js';
import { forAll } from '../../core/outcome.js';
import type { Problem } from '../../core/row.js';
import { bytesOf, PhoneNumber, type Cleared, type Sealed } from '../../core/number.js';
import type {
  Compiled,
  Lead,
  OptionValues,
  PushOperation,
  Sender,
  VendorContext,
} from '../../core/vendor.js';
import { readAnswer } from './answers.js';
import { post } from './client.js';
import { importReadBack } from './import-back.js';
import { checkDataPointName } from './names.js';
import { checkScript, requireScript, scriptAsSent } from './script.js';
import { json, path, phone, specs, text } from '../../core/value.js';

/** A lead as it is sent, its number first. */
export type ImportPayload = { readonly Phone: PhoneNumber; readonly [key: string]: Sealed };

/**
 * `POST /import` (docs/vendors/sales-q.md#import): sends leads and starts chats. Nothing says that a second identical
 * request is recognised, so a lost answer is never repeated.
 */
export const importLeads: PushOperation<ImportPayload> = {
  id: 'import',
  summary: 'send leads and start their WhatsApp chats',
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
  // The document names no limit: 50 leads are usual, more where they are asked for.
  limits: { items: 1_000, usual: 50, bytes: 90_000 },
  pace: { perSecond: 1, concurrency: 1, timeoutMs: 60_000 },
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
  open: (context, options) => Promise.resolve(new ImportSender(context, options)),
};

function compileLead(lead: Lead): Compiled<ImportPayload> {
  const { Phone, mappingId, script } = lead.fields;
  if (!(Phone instanceof PhoneNumber)) throw new Error('sales-q: a lead without a number was compiled');
  const payload: ImportPayload = {
    Phone,
    ...lead.free,
    ...(mappingId === undefined ? {} : { mappingId }),
  };
  const problems = nestedValues(lead.free);
  if (script === undefined) return { payload, problems };
  const errors = checkScript(script as Json).filter(({ severity }) => severity === 'error');
  problems.push(...errors.map(({ message }) => ({ code: 'script.invalid', message, column: 'script' })));
  return { payload: { ...payload, script }, problems };
}

/** A data point is a text, a number or a boolean: nothing in the document nests. */
const nestedValues = (free: JsonObject): Problem[] =>
  Object.entries(free)
    .filter(([, value]) => typeof value === 'object' && value !== null)
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

class ImportSender implements Sender<ImportPayload> {
  constructor(
    private readonly context: VendorContext,
    private readonly options: OptionValues,
  ) {}

  async send(rows: readonly Cleared<ImportPayload>[]): Promise<SendResult> {
    const numbers = this.context.settings.values['scriptNumbers'] === true;
    const leads = rows.map((row) => {
      const { Phone, ...rest } = row.payload;
      const lead = withScript<JsonObject>({ Phone: Phone.digits(), ...(rest as JsonObject) }, this.options);
      return lead['script'] === undefined ? lead : { ...lead, script: scriptAsSent(lead['script'], numbers) };
    });
    const result = await post(this.context, 'import', { leads }, importLeads.pace.timeoutMs);
    return readImport(result, rows, this.context.clock.now());
  }
}

/** Pure: what an answer to `import` means for each row of the request. */
export function readImport(
  result: HttpResult,
  rows: readonly Cleared<ImportPayload>[],
  nowMs: number,
): SendResult {
  const answer = readAnswer(result, nowMs);
  if (answer.kind === 'settled') return { outcomes: forAll(rows, answer.outcome), stop: answer.stop };
  if (answer.kind === 'no') {
    const reason =
      answer.log === '' ? 'Sales_Q refused the request' : `Sales_Q refused the request: ${answer.log}`;
    return { outcomes: forAll(rows, { kind: 'rejected', code: 'vendor.refused', reason }), stop: null };
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
  if (!entry) {
    return {
      kind: 'in-doubt',
      code: 'vendor.no-id',
      reason: 'Sales_Q said it imported the leads but gave no id for this one',
    };
  }
  if ((uses.get(entry.id) ?? 0) > 1) {
    return {
      kind: 'in-doubt',
      code: 'vendor.duplicate-id',
      reason: 'Sales_Q gave the same id for several leads',
    };
  }
  return { kind: 'delivered', vendorId: entry.id };
}

function readEntry(value: Json): IdEntry[] {
  if (!isObject(value)) return [];
  const id = scalar(value['id']);
  if (id === null || id === '') return [];
  const phone = scalar(value['Phone']) ?? scalar(value['phone']);
  return [{ id, mappingId: scalar(value['mappingId']), digits: phone?.replace(/\D/g, '') ?? null }];
}

/** A number beyond 2^53 has lost digits on the way in: it is nobody's id. */
const scalar = (value: Json | undefined): string | null =>
  typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value))
    ? String(value)
    : null;

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
