import { drawByShare, type Random } from '../../../core/twin.js';
import { type Lead, campaignOf } from './model.js';

interface QueuedCall {
  readonly at: number;
  readonly lead: number;
}

const isBefore = (a: QueuedCall, b: QueuedCall): boolean => a.at < b.at || (a.at === b.at && a.lead < b.lead);

/** Calls to be made, soonest first; at most one a lead. */
export class CallQueue {
  #entries: QueuedCall[] = [];
  #leads = new Set<number>();

  constructor(entries: readonly QueuedCall[] = []) {
    for (const { lead, at } of entries) this.put(lead, at);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Queues a call; a lead that is queued already gets the new time. */
  put(lead: number, at: number): void {
    if (this.#leads.has(lead)) this.#entries = this.#entries.filter((entry) => entry.lead !== lead);
    this.#leads.add(lead);
    const entry = { at, lead };
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#entries[middle];
      if (there && isBefore(there, entry)) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  /** Takes out the soonest call that is due; undefined where none is. */
  take(now: number): QueuedCall | undefined {
    const [first] = this.#entries;
    if (!first || first.at > now) return undefined;
    this.#entries.shift();
    this.#leads.delete(first.lead);
    return first;
  }

  entries(): readonly QueuedCall[] {
    return this.#entries;
  }
}

/** After so many calls without a result the dialler gives up. */
export const mostAttempts = 3;

/** How a call ends. Named after the status it leaves; the document lists no statuses, these are chosen. */
type Ending = 'NA' | 'B' | 'A' | 'SALE' | 'CALLBK' | 'NI' | 'DNC';

const endingTexts: Readonly<Record<Ending, string>> = {
  NA: 'not answered',
  B: 'busy',
  A: 'answering machine',
  SALE: 'answered, sold',
  CALLBK: 'answered, wants to be called again',
  NI: 'answered, not interested',
  DNC: 'answered, wants no more calls',
};

/** Numbers that end like this always do this, whatever the seed. */
export const endings: Readonly<Record<string, { readonly ending: Ending; readonly about: string }>> = {
  '111': { ending: 'NA', about: 'never picks up: NA after each of three calls' },
  '222': { ending: 'B', about: 'is busy, hours later buys: B, then SALE' },
  '333': { ending: 'A', about: 'has an answering machine: A after each of three calls' },
  '555': { ending: 'SALE', about: 'buys: SALE, an order form, a recording' },
  '666': { ending: 'CALLBK', about: 'wants another call, buys a day later: CALLBK, then SALE' },
  '777': { ending: 'NI', about: 'has no interest: NI, a recording' },
  '888': { ending: 'DNC', about: 'wants no more calls: DNC, and the number is on the do-not-call list' },
};

/** Out of a hundred calls to other numbers; the rest end as SALE. */
const endingShares: readonly (readonly [Ending, number])[] = [
  ['NA', 25],
  ['B', 8],
  ['A', 10],
  ['CALLBK', 7],
  ['NI', 23],
  ['DNC', 2],
];

interface CallResult {
  readonly status: Ending;
  /** The text for the list of contacts. */
  readonly what: string;
  /** Length of the recording; 0 for none. */
  readonly seconds: number;
  /** The lead's order form from now on. */
  readonly form: Lead['form'];
  /** True where the number goes on the do-not-call list. */
  readonly blocks: boolean;
  /** When to call again; null where the matter is settled. */
  readonly againMs: number | null;
}

export function makeCallResult(phone: string, lead: Lead, random: Random): CallResult {
  const status = chooseEnding(phone, lead.attempts, random);
  const seconds = status === 'NA' || status === 'B' ? 0 : random.between(2, 9);
  return {
    status,
    what: endingTexts[status],
    seconds,
    form: status === 'SALE' ? fillOrderForm(lead, random) : lead.form,
    blocks: status === 'DNC',
    againMs: drawNextCallMs(status, random),
  };
}

function chooseEnding(phone: string, attempts: number, random: Random): Ending {
  const drawn = drawByShare(endingShares, 'SALE', random);
  const fixed = endings[phone.replace(/\D/g, '').slice(-3)]?.ending;
  return (fixed === 'B' || fixed === 'CALLBK') && attempts > 0 ? 'SALE' : (fixed ?? drawn);
}

function drawNextCallMs(status: Ending, random: Random): number | null {
  if (status === 'CALLBK') return 24 * 3_600_000;
  return status === 'NA' || status === 'B' || status === 'A' ? random.between(90, 240) * 60_000 : null;
}

/** The form as an agent leaves it: the lead's fields kept, the campaign's missing ones filled in. */
export function fillOrderForm(lead: Pick<Lead, 'campaign' | 'form'>, random: Random): Lead['form'] {
  const form = new Map(lead.form);
  for (const field of campaignOf(String(lead.campaign))?.fields ?? []) {
    if (!form.has(field)) form.set(field, inventFormValue(field, random));
  }
  return [...form];
}

function inventFormValue(field: string, random: Random): string {
  if (/nummer/i.test(field)) return String(random.between(100_000, 999_999));
  if (field === 'Tarif') return random.pick(['Ökostrom 12', 'Grundversorgung', 'Wärme & Strom "Plus"']);
  if (field === 'Größe der Anlage') return `${random.between(4, 15)},${random.between(0, 9)} kWp`;
  if (/ am$|ende$/.test(field)) return `${random.between(10, 28)}.0${random.between(1, 9)}.2026`;
  return random.pick(['ja', 'möchte Unterlagen; erst nach Ostern', 'ruft zurück', '']);
}
