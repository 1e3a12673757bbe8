import { UserError } from '../../core/errors.js';
import { shellWord } from '../../core/hint.js';
import { type Json, isObject, plainText } from '../../core/json.js';
import { type Cleared, PhoneNumber } from '../../core/number.js';
import {
  type Outcome,
  type SendResult,
  type StopCause,
  type DoubtfulRow,
  type Sighting,
  doubtful,
  rejected,
  resultForAll,
  unclear,
} from '../../core/outcome.js';
import { callingCodeOf, isCountry } from '../../core/phone-metadata.js';
import type { Problem } from '../../core/row.js';
import { flag, specs } from '../../core/value.js';
import {
  type Compiled,
  type Keepsake,
  type Lead,
  type OptionValues,
  type PushOperation,
  type ReadyRow,
  type Sender,
  oneRow,
  type ReadBack,
} from '../../core/vendor.js';
import { type Written, mapOf, readWritten, refusedLogin, statusOf, withWords } from './answers.js';
import { Client, ordinaryTimeoutMs } from './client.js';
import { type Known, difference, isSame, knownOf, noteOf, sentOf, valuesOf } from './leads-difference.js';
import { type LeadRecord, findById } from './leads-get.js';
import {
  type LeadTexts,
  type Outgoing,
  checkFormField,
  dataOf,
  editFields,
  editParameters,
  formOf,
  leadKeys,
  outgoingOf,
  readStats,
  redialFields,
  sizeOf,
  twoCountries,
  unfit,
} from './leads.js';
import { likelyE164, possibleE164 } from './notation.js';
import { findRowByRow } from './read.js';
import { campaignOption, countryCodeOf } from './settings.js';

/** A lead and what is to change in it. */
type EditPayload = LeadTexts & { readonly leadid: string };

type EditRow = Cleared<EditPayload>;

const leadidOf = ({ payload }: { readonly payload: { readonly leadid: string } }): string => payload.leadid;

/** Reads the lead, edits it, reads it again: what is written is verified, and what was not meant is an alarm. */
class EditSender implements Sender<EditPayload> {
  /** Leads as they were before our first try, by row. */
  readonly #before = new Map<number, LeadRecord>();
  /** Numbers of the leads as the do-not-call list was asked about them, by row. */
  readonly #judged = new Map<number, ReadonlySet<string>>();
  readonly before?: (rows: AsyncIterable<ReadyRow<EditPayload>>) => AsyncIterable<Keepsake>;

  constructor(
    private readonly client: Client,
    private readonly campaign: string,
    private readonly redial: boolean,
  ) {
    if (redial) this.before = (rows) => this.#keep(rows);
  }

  /** Whose leads these are: the do-not-call gate must know the person before anything may start dialling. */
  async *#keep(rows: AsyncIterable<ReadyRow<EditPayload>>): AsyncIterable<Keepsake> {
    for await (const row of rows) {
      const record = await findById(this.client, leadidOf(row));
      if (!record) continue;
      const numbers = this.#numbersOf(record);
      this.#judged.set(row.row, new Set(numbers));
      const phones = (numbers ?? []).map((e164) => new PhoneNumber(e164, e164, true));
      yield { row: row.row, record: { lead: record.lead, form: record.form }, phones };
    }
  }

  /**
   * Every number of a lead, E.164; null where one of them cannot be read: then nobody knows whose it is. Where the lead
   * does not name its country a number counts in each of its readings, so that it is blocked if one of them is listed.
   */
  #numbersOf({ lead }: LeadRecord): string[] | null {
    const named = codeOf(lead);
    const readings = ['phone', 'alt_phone']
      .map((key) => plainText(lead[key]).trim())
      .filter((text) => text !== '')
      .map((text) =>
        named ? [likelyE164(text, named) ?? []].flat() : possibleE164(text, this.#homeCodes()),
      );
    return readings.every((numbers) => numbers.length > 0) ? [...new Set(readings.flat())] : null;
  }

  /** Country calling codes that a national number in mmDial may have: the vendor's setting, and the profile's country. */
  #homeCodes(): string[] {
    const { settings, country } = this.client.context;
    const own = country && isCountry(country) ? [callingCodeOf(country)] : [];
    return [...new Set([countryCodeOf(settings), ...own])];
  }

  readonly send = oneRow<EditPayload>(async (row) => {
    const found = await this.#read(row);
    if ('outcomes' in found) return found;
    const before = this.#before.get(row.row) ?? found;
    this.#before.set(row.row, before);
    if (this.redial && !this.#wasJudged(row, found)) return resultForAll([row], otherNumber);
    const lead = await outgoingOf(row.payload);
    const wrong = this.#otherCountry(lead, found) ?? unfit(this.client, lead.pairs);
    if (wrong) return resultForAll([row], wrong);
    const result = await this.client.call({
      name: 'editlead',
      query: [
        ['campaign_id', this.campaign],
        ['leadid', leadidOf(row)],
      ],
      form: lead.pairs,
    });
    return this.#judge(row, lead, knownOf(before), readWritten(result, this.client.context.clock.now()));
  });

  /** A number is dialled with the country code its lead has, which an edit does not change. Null where it fits. */
  #otherCountry({ countryCodes }: Outgoing, { lead }: LeadRecord): Outcome | null {
    const named = codeOf(lead);
    const own = named === '' ? this.#homeCodes() : [named];
    return countryCodes.every((code) => own.length === 1 && own[0] === code) ? null : otherCountry;
  }

  /** Whether the lead has no number now that the do-not-call list was not asked about. */
  #wasJudged({ row }: EditRow, record: LeadRecord): boolean {
    const judged = this.#judged.get(row);
    return this.#numbersOf(record)?.every((number) => judged?.has(number)) ?? false;
  }

  /** The lead before the edit. Where it cannot be read nothing is written. */
  async #read(row: EditRow): Promise<LeadRecord | SendResult> {
    try {
      return (await findById(this.client, leadidOf(row))) ?? resultForAll([row], notFound);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { code } = error;
      const reason = `nothing was changed: ${error.message}`;
      if (code !== refusedLogin.code) return resultForAll([row], { kind: 'not-sent', code, reason });
      return resultForAll([row], { kind: 'deferred', code, reason, retryAfterMs: null }, refusedLogin);
    }
  }

  async #judge(row: EditRow, lead: Outgoing, before: Known, answer: Written): Promise<SendResult> {
    const said = readEdit(answer);
    if (said.outcome.kind !== 'delivered' && !said.unknown)
      return resultForAll([row], said.outcome, said.stop);
    const after = await findById(this.client, leadidOf(row)).catch(asUserError);
    if (after instanceof UserError || after === null) {
      if (said.unknown) return resultForAll([row], said.outcome);
      const why = after?.message ?? 'the lead is not found any more';
      const reason = `mmDial says it changed the lead, which could not be verified: ${why}`;
      return resultForAll([row], doubtful('vendor.not-verified', reason));
    }
    return compared(row, lead, before, knownOf(after), said);
  }
}

/** The country code of a lead, digits alone; empty where mmDial shows none. */
const codeOf = (lead: LeadRecord['lead']): string =>
  plainText(lead['country_phone_code']).replace(/\D/g, '').replace(/^0+/, '');

const asUserError = (error: unknown): UserError => {
  if (error instanceof UserError) return error;
  throw error;
};

const notFound = rejected('vendor.not-found', 'mmDial has no lead of this leadid; nothing was changed');

const otherNumber = rejected(
  'phone.changed',
  'the do-not-call list was not asked about the number the lead has now; nothing was changed',
);

const otherCountry = rejected(
  'phone.other-country',
  'the number is of another country than its lead in mmDial, with whose country code it would be dialled; nothing was changed. Add the person as a lead of its own',
);

interface Said extends Pick<SendResult, 'stop'> {
  readonly outcome: Outcome;
  /** A complete answer that says neither yes nor no: the lead itself can tell. */
  readonly unknown: boolean;
}

/**
 * Pure: what the answer to `editlead` says. The document gives it none; a block `status: ok|error`, `reason` at the end of
 * getagentbyid is surely its own (an inference). Counts as of addlead are read too.
 */
function readEdit(answer: Written): Said {
  if (answer.kind === 'settled') {
    const unread = answer.outcome.kind === 'in-doubt' && answer.outcome.code === 'vendor.unreadable-answer';
    return { outcome: answer.outcome, stop: answer.stop, unknown: unread };
  }
  const { body } = answer;
  const status = statusOf(body);
  if (status === 'ok') return { outcome: { kind: 'delivered', vendorId: null }, stop: null, unknown: false };
  if (status === 'error') {
    const reason = withWords('mmDial refused the edit', body);
    return { outcome: rejected('vendor.refused', reason), stop: null, unknown: false };
  }
  if (body['lead_stats'] !== undefined) return { outcome: readStats(body), stop: null, unknown: false };
  const reason = 'mmDial did not say whether the edit succeeded';
  return { outcome: doubtful('vendor.unknown-answer', reason), stop: null, unknown: true };
}

/** Pure: what the lead itself shows. Untouched fields that changed stop the run. */
function compared(row: EditRow, lead: Outgoing, before: Known, after: Known, said: Said): SendResult {
  const found = difference(before, after, sentOf(lead));
  if (said.unknown && (found.changed.length === 0 || found.ignored.length > 0))
    return resultForAll([row], said.outcome);
  if (found.ignored.length > 0) {
    const reason = `mmDial says it changed the lead, but kept: ${found.ignored.join(', ')}`;
    return resultForAll([row], doubtful('vendor.not-changed', reason));
  }
  const detail = valuesOf([...found.changed, ...found.harmed], before, after);
  const outcome: Outcome = { kind: 'delivered', vendorId: leadidOf(row), note: noteOf(found), detail };
  if (found.harmed.length === 0) return resultForAll([row], outcome);
  const stop: StopCause = {
    cause: 'alarm',
    code: 'vendor.side-effect',
    message: `Stopped: editing a lead changed fields that were not sent: ${found.harmed.join(', ')}`,
    hint: '`salesq runs rows last` names the lead; its values before are kept in the ledger',
  };
  return resultForAll([row], outcome, stop);
}

/**
 * After a lost answer to `editlead` (docs/vendors/mmdial.md#editlead): does the lead show what was sent? Plain data
 * that is not there may be sent again. `status` and `rotation` change by dialling itself, so that neither look proves
 * anything of them alone.
 */
const editReadBack: ReadBack<EditPayload> = {
  about: 'each lead is read by its leadid and compared with what was sent',
  settleMs: 120_000,
  absentMeansReady: true,
  looksAtKept: true,
  find: (context, rows, options) =>
    findRowByRow(context, rows, (client, row) => look(client, row, isRedial(options))),
};

async function look(client: Client, row: DoubtfulRow<EditPayload>, redial: boolean): Promise<Sighting> {
  const { leadid } = row.payload;
  const record = await findById(client, leadid);
  if (!record) return unclear(row, 'vendor.not-found', 'mmDial has no lead of this leadid any more');
  const after = knownOf(record);
  const sent = sentOf(await outgoingOf(row.payload));
  const names = [...sent.keys()];
  const hidden = names.filter((name) => !after.has(name));
  if (hidden.length > 0)
    return unclear(row, 'vendor.not-shown', `mmDial does not show what was sent: ${hidden.join(', ')}`);
  const other = names.filter((name) => !isSame(name, after.get(name) ?? '', sent.get(name) ?? ''));
  const evidence = { asked: 'getleadbyid', asSent: names.filter((name) => !other.includes(name)), other };
  if (redial) return judgeRedial(row, leadid, sent, other, evidence);
  if (other.length > 0) return { row: row.row, seen: 'absent', evidence };
  return { row: row.row, seen: 'found', vendorId: leadid, evidence };
}

type Evidence = Extract<Sighting, { seen: 'found' }>['evidence'];

/** Found only where the lead was stored before the edit and showed something else then. */
function judgeRedial(
  row: DoubtfulRow<EditPayload>,
  leadid: string,
  sent: Known,
  other: readonly string[],
  evidence: Evidence,
): Sighting {
  if (other.length > 0) {
    const reason = `mmDial shows other values than were sent (${other.join(', ')}), but dialling may have changed them: not sent again`;
    return unclear(row, 'vendor.not-as-sent', reason);
  }
  const before = keptOf(row);
  const changed = [...sent].some(([name, value]) => before && !isSame(name, before.get(name) ?? '', value));
  if (changed) return { row: row.row, seen: 'found', vendorId: leadid, evidence };
  const reason = 'mmDial shows what was sent, but the lead is not known to have been different before';
  return unclear(row, 'vendor.unknown-before', reason);
}

function keptOf({ kept }: DoubtfulRow<EditPayload>): Known | null {
  if (!isObject(kept) || !isObject(kept['lead'])) return null;
  return knownOf({ lead: kept['lead'], form: mapOf(kept['form']) ?? {} });
}

const isRedial = (options: OptionValues): boolean => options['redial'] === true;

/**
 * `editlead` (docs/vendors/mmdial.md#editlead): changes a lead found by its `leadid`; only the columns named are sent.
 * `status` and `rotation` may start dialling anew (an inference), so a table with such a column is taken as reaching
 * the person: the do-not-call gate applies, a lead is edited once, a lost answer is never repeated. Rows that bring
 * their own keys (JSON) need `--redial` to carry them.
 */
export const editLeads: PushOperation<EditPayload> = {
  id: 'leads edit',
  summary: 'change leads, found by their leadid column; reads each before and after',
  channel: 'call',
  reaches: (options) => (isRedial(options) ? 'by-id' : 'nobody'),
  scope: (options) => (isRedial(options) ? 'redial' : 'edit'),
  key: (options) => (isRedial(options) ? { field: 'leadid' } : 'content'),
  fields: editFields,
  freeColumn: checkFormField,
  parameters: editParameters,
  limits: { items: 1, bytes: 60_000 },
  pace: { perSecond: 1, concurrency: 1, timeoutMs: ordinaryTimeoutMs },
  afterLoss: (options) => (isRedial(options) ? 'never' : 'repeat-is-safe'),
  readBack: editReadBack,
  endedBy: ({ number }) => `salesq mmdial dnc add ${shellWord(number)}`,
  options: specs({
    campaign: campaignOption('campaign of the leads (default: of the profile)'),
    redial: {
      flag: '--redial',
      about: 'JSON rows may carry status or rotation, which may start dialling anew',
      type: flag,
      default: false,
    },
  }),
  withFields: (options, fields) => ({
    ...options,
    redial: isRedial(options) || redialFields.some((name) => fields?.includes(name)),
  }),
  describe: (options) =>
    isRedial(options)
      ? ['status or rotation is changed: these people may be dialled anew, so the do-not-call list applies']
      : [],
  compile: compileEdit,
  size: sizeOf,
  open: (context, options) =>
    Promise.resolve(new EditSender(new Client(context), plainText(options['campaign']), isRedial(options))),
};

function compileEdit(lead: Lead, options: OptionValues): Compiled<EditPayload> {
  const { form, problems } = formOf(lead);
  const data = dataOf(lead, leadKeys);
  const all: Problem[] = [...problems, ...twoCountries(lead.fields)];
  const redial = redialFields.find((name) => data[name] !== undefined);
  if (redial !== undefined && !isRedial(options)) {
    const message = `"${redial}" may start dialling anew, which a JSON row may only with --redial`;
    all.push({ code: 'field.needs-redial', message, column: redial });
  }
  if (Object.keys(data).length + Object.keys(form).length === 0)
    all.push({ code: 'field.nothing-to-change', message: 'The row names no value to change' });
  const leadid = plainText(lead.fields['leadid'] as Json | undefined);
  return { payload: { leadid, data, form }, problems: all };
}
