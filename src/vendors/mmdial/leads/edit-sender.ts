import { plainText } from '../../../core/json.js';
import { UserError } from '../../../core/errors.js';
import type { Outcome, SendResult, StopCause } from '../../../core/outcome.js';
import { forAll } from '../../../core/outcome.js';
import { PhoneNumber, type Cleared } from '../../../core/number.js';
import type { Keepsake, ReadyRow, Sender } from '../../../core/vendor.js';
import { readWritten, refusedLogin, statusOf, withWords } from '../answers.js';
import type { Written } from '../answers.js';
import type { Client } from '../http/client.js';
import { likelyE164 } from '../notation.js';
import { countryCodeOf } from '../settings.js';
import type { Known } from './difference.js';
import { difference, knownOf, noteOf, sentOf, valuesOf } from './difference.js';
import type { LeadRecord } from './find.js';
import { findById } from './find.js';
import type { Outgoing } from './outgoing.js';
import { outgoingOf, unfit } from './outgoing.js';
import type { LeadTexts } from './fields.js';
import { readStats } from './stats.js';

/** A lead and what is to change in it. */
export type EditPayload = LeadTexts & { readonly leadid: string };

type EditRow = Cleared<EditPayload>;

const leadidOf = ({ payload }: { readonly payload: { readonly leadid: string } }): string => payload.leadid;

/** Reads the lead, edits it, reads it again: what is written is verified, and what was not meant is an alarm. */
export class EditSender implements Sender<EditPayload> {
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

  /** Every number of a lead, E.164; null where one of them cannot be read: then nobody knows whose it is. */
  #numbersOf({ lead }: LeadRecord): string[] | null {
    const home = plainText(lead['country_phone_code']).replace(/\D/g, '');
    const country = home || countryCodeOf(this.client.context.settings);
    const texts = ['phone', 'alt_phone'].map((key) => plainText(lead[key]).trim());
    const numbers = texts.filter((text) => text !== '').map((text) => likelyE164(text, country));
    return numbers.every((number) => number !== null) ? numbers : null;
  }

  async send(rows: readonly EditRow[]): Promise<SendResult> {
    const [row] = rows;
    if (!row) return { outcomes: [], stop: null };
    const found = await this.#read(row);
    if ('outcomes' in found) return found;
    const before = this.#before.get(row.row) ?? found;
    this.#before.set(row.row, before);
    if (this.redial && !this.#wasJudged(row, found)) return one(row, otherNumber);
    const lead = await outgoingOf(row.payload);
    const wrong = unfit(this.client, lead.pairs);
    if (wrong) return one(row, wrong);
    const result = await this.client.call({
      name: 'editlead',
      query: [
        ['campaign_id', this.campaign],
        ['leadid', leadidOf(row)],
      ],
      form: lead.pairs,
    });
    return this.#judge(row, lead, knownOf(before), readWritten(result, this.client.context.clock.now()));
  }

  /** Whether the lead has no number now that the do-not-call list was not asked about. */
  #wasJudged({ row }: EditRow, record: LeadRecord): boolean {
    const judged = this.#judged.get(row);
    return this.#numbersOf(record)?.every((number) => judged?.has(number)) ?? false;
  }

  /** The lead before the edit. Where it cannot be read nothing is written. */
  async #read(row: EditRow): Promise<LeadRecord | SendResult> {
    try {
      return (await findById(this.client, leadidOf(row))) ?? one(row, notFound);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { code } = error;
      const reason = `nothing was changed: ${error.message}`;
      if (code !== refusedLogin.code) return one(row, { kind: 'not-sent', code, reason });
      return { ...one(row, { kind: 'deferred', code, reason, retryAfterMs: null }), stop: refusedLogin };
    }
  }

  async #judge(row: EditRow, lead: Outgoing, before: Known, answer: Written): Promise<SendResult> {
    const said = readEdit(answer);
    if (said.outcome.kind !== 'delivered' && !said.unknown)
      return { ...one(row, said.outcome), stop: said.stop };
    const after = await findById(this.client, leadidOf(row)).catch(asUserError);
    if (after instanceof UserError || after === null) {
      if (said.unknown) return one(row, said.outcome);
      const why = after?.message ?? 'the lead is not found any more';
      const reason = `mmDial says it changed the lead, which could not be verified: ${why}`;
      return one(row, { kind: 'in-doubt', code: 'vendor.not-verified', reason });
    }
    return compared(row, lead, before, knownOf(after), said);
  }
}

const asUserError = (error: unknown): UserError => {
  if (error instanceof UserError) return error;
  throw error;
};

const one = (row: { readonly row: number }, outcome: Outcome): SendResult => ({
  outcomes: forAll([row], outcome),
  stop: null,
});

const notFound: Outcome = {
  kind: 'rejected',
  code: 'vendor.not-found',
  reason: 'mmDial has no lead of this leadid; nothing was changed',
};

const otherNumber: Outcome = {
  kind: 'rejected',
  code: 'phone.changed',
  reason: 'the do-not-call list was not asked about the number the lead has now; nothing was changed',
};

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
    return { outcome: { kind: 'rejected', code: 'vendor.refused', reason }, stop: null, unknown: false };
  }
  if (body['lead_stats'] !== undefined) return { outcome: readStats(body), stop: null, unknown: false };
  const reason = 'mmDial did not say whether the edit succeeded';
  const outcome: Outcome = { kind: 'in-doubt', code: 'vendor.unknown-answer', reason };
  return { outcome, stop: null, unknown: true };
}

/** Pure: what the lead itself shows. Untouched fields that changed stop the run. */
function compared(row: EditRow, lead: Outgoing, before: Known, after: Known, said: Said): SendResult {
  const found = difference(before, after, sentOf(lead));
  if (said.unknown && (found.changed.length === 0 || found.ignored.length > 0)) return one(row, said.outcome);
  if (found.ignored.length > 0) {
    const reason = `mmDial says it changed the lead, but kept: ${found.ignored.join(', ')}`;
    return one(row, { kind: 'in-doubt', code: 'vendor.not-changed', reason });
  }
  const detail = valuesOf([...found.changed, ...found.harmed], before, after);
  const outcome: Outcome = { kind: 'delivered', vendorId: leadidOf(row), note: noteOf(found), detail };
  if (found.harmed.length === 0) return one(row, outcome);
  const stop: StopCause = {
    cause: 'alarm',
    code: 'vendor.side-effect',
    message: `Stopped: editing a lead changed fields that were not sent: ${found.harmed.join(', ')}`,
    hint: 'salesq runs rows last names the lead; its values before are kept in the ledger',
  };
  return { ...one(row, outcome), stop };
}
