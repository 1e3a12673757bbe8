import { z } from 'zod';
import { lastMoment } from '../../../core/clock.js';
import type { Json } from '../../../core/json.js';
import type { Contact } from '../../../core/twin.js';

/** Digits of a number as the vendor got it. `07…` and `447…` stay two: the document mentions no conversion. */
export const digitsOf = (phone: string): string => phone.replace(/\D/g, '');

/** The document asks for "a valid phone number" and defines none: phone characters, 7 to 15 digits. */
export function looksLikePhone(phone: string): boolean {
  const count = digitsOf(phone).length;
  return /^[\d\s()+/.-]+$/.test(phone) && count >= 7 && count <= 15;
}

/**
 * The phone that rings for these digits, country code first. The dialler stands in the United Kingdom, so
 * `07…`, `+44 7…`, `0044 7…` and `+44 (0)7…` ring the same phone.
 */
const personOf = (digits: string): string =>
  digits.replace(/^00/, '').replace(/^(?:440?|0)(?=\d{9,10}$)/, '44');

/** Seconds of virtual time until a line is free: a lead without `delays` is dialled this long after it came. */
export const lineSeconds = 30;

/** Mobiles ending so were contacts before this sandbox began. */
export const oldContactEnding = '409';

const leadSchema = z.strictObject({
  id: z.string(),
  type: z.string(),
  /** Digits as given. */
  mobile: z.string(),
  dialAt: z.number(),
});

type StoredLead = z.infer<typeof leadSchema>;

const countsSchema = z.strictObject({
  accepted: z.number(),
  refusedAfterSaving: z.number(),
  cancelled: z.number(),
  tests: z.number(),
});

const savedSchema = z.strictObject({
  serial: z.number(),
  counts: countsSchema,
  waiting: z.array(leadSchema),
  dialled: z.array(leadSchema),
});

/** Whether a type and mobile are new, wait for their call, or were called before. */
type LeadState = 'new' | 'scheduled' | 'contact';

/**
 * Leads and the calls made for them. A lead is known by its type and the digits of its mobile, the pair `/lead/cancel`
 * asks for: the document gives no id, and does not say by what a contact "exists".
 */
export class Dialler {
  now = 0;
  counts: z.infer<typeof countsSchema> = { accepted: 0, refusedAfterSaving: 0, cancelled: 0, tests: 0 };
  #serial = 0;
  #waiting = new Map<string, StoredLead>();
  #dialled = new Map<string, StoredLead>();
  /** Earliest first; a cancelled lead stays in it until its time. */
  #queue: StoredLead[] = [];

  get waiting(): number {
    return this.#waiting.size;
  }

  get dialled(): number {
    return this.#dialled.size;
  }

  stateOf(type: string, mobile: string): LeadState {
    const key = keyOf(type, mobile);
    if (this.#waiting.has(key)) return 'scheduled';
    return this.#dialled.has(key) || digitsOf(mobile).endsWith(oldContactEnding) ? 'contact' : 'new';
  }

  schedule(type: string, mobile: string, delaySeconds: number): void {
    this.#serial += 1;
    // No largest `delays` is documented.
    const dialAt = Math.min(this.now + (lineSeconds + delaySeconds) * 1000, lastMoment);
    const lead = { id: `c8-${this.#serial}`, type, mobile: digitsOf(mobile), dialAt };
    this.#waiting.set(keyOf(type, mobile), lead);
    const place = this.#queue.findLastIndex((other) => other.dialAt <= dialAt) + 1;
    this.#queue.splice(place, 0, lead);
    this.counts.accepted += 1;
  }

  /** Forgets a waiting lead; it may be added again. */
  cancel(type: string, mobile: string): void {
    this.#waiting.delete(keyOf(type, mobile));
    this.counts.cancelled += 1;
  }

  /** Dials every lead that is due, each at its own time. */
  advance(now: number): void {
    this.now = Math.max(this.now, now);
    let [first] = this.#queue;
    while (first && first.dialAt <= this.now) {
      const key = keyOf(first.type, first.mobile);
      if (this.#waiting.get(key) === first) {
        this.#waiting.delete(key);
        this.#dialled.set(key, first);
      }
      this.#queue.shift();
      [first] = this.#queue;
    }
  }

  /** One call a lead, in the order they were dialled. */
  contacts(): readonly Contact[] {
    return [...this.#dialled.values()].map(({ id, mobile, dialAt }) => ({
      at: dialAt,
      person: personOf(mobile),
      what: 'call dialled',
      starts: true,
      leadId: id,
    }));
  }

  save(): Json {
    return {
      serial: this.#serial,
      counts: { ...this.counts },
      waiting: [...this.#waiting.values()],
      dialled: [...this.#dialled.values()],
    };
  }

  /** Takes a saved state; throws where it is something else. */
  load(state: Json): void {
    const saved = savedSchema.parse(state);
    this.#serial = saved.serial;
    this.counts = saved.counts;
    this.#waiting = indexByKey(saved.waiting);
    this.#dialled = indexByKey(saved.dialled);
    this.#queue = saved.waiting.toSorted((a, b) => a.dialAt - b.dialAt);
  }
}

const keyOf = (type: string, mobile: string): string => `${digitsOf(mobile)} ${type}`;

const indexByKey = (leads: readonly StoredLead[]): Map<string, StoredLead> =>
  new Map(leads.map((lead) => [keyOf(lead.type, lead.mobile), lead]));
