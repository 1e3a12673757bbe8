import type { Random } from '../../../core/seeded.js';
import type { Lead } from './model.js';
import { campaignOf } from './model.js';

/** After so many calls without a result the dialler gives up. */
export const mostAttempts = 3;

/** How a call ends. Named after the status it leaves; the document lists no statuses, these are chosen. */
type Ending = 'NA' | 'B' | 'A' | 'SALE' | 'CALLBK' | 'NI' | 'DNC';

const about: Readonly<Record<Ending, string>> = {
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

/** Of a hundred calls to other numbers. */
const shares: readonly (readonly [Ending, number])[] = [
  ['NA', 25],
  ['B', 8],
  ['A', 10],
  ['CALLBK', 7],
  ['NI', 23],
  ['DNC', 2],
];

export interface CallResult {
  readonly status: Ending;
  /** For the list of contacts. */
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

export function callResult(phone: string, lead: Lead, random: Random): CallResult {
  const status = endingOf(phone, lead.attempts, random);
  const seconds = status === 'NA' || status === 'B' ? 0 : random.between(2, 9);
  return {
    status,
    what: about[status],
    seconds,
    form: status === 'SALE' ? orderForm(lead, random) : lead.form,
    blocks: status === 'DNC',
    againMs: againMs(status, random),
  };
}

function endingOf(phone: string, attempts: number, random: Random): Ending {
  const drawn = draw(random);
  const fixed = endings[phone.replace(/\D/g, '').slice(-3)]?.ending;
  return (fixed === 'B' || fixed === 'CALLBK') && attempts > 0 ? 'SALE' : (fixed ?? drawn);
}

function draw(random: Random): Ending {
  let left = random.next() * 100;
  for (const [ending, share] of shares) {
    left -= share;
    if (left < 0) return ending;
  }
  return 'SALE';
}

function againMs(status: Ending, random: Random): number | null {
  if (status === 'CALLBK') return 24 * 3_600_000;
  return status === 'NA' || status === 'B' || status === 'A' ? random.between(90, 240) * 60_000 : null;
}

/** What an agent writes down: kept fields of the lead's form, and the campaign's fields filled in. */
export function orderForm(lead: Pick<Lead, 'campaign' | 'form'>, random: Random): Lead['form'] {
  const form = new Map(lead.form);
  for (const field of campaignOf(String(lead.campaign))?.fields ?? []) {
    if (!form.has(field)) form.set(field, formValue(field, random));
  }
  return [...form];
}

function formValue(field: string, random: Random): string {
  if (/nummer/i.test(field)) return String(random.between(100_000, 999_999));
  if (field === 'Tarif') return random.pick(['Ökostrom 12', 'Grundversorgung', 'Wärme & Strom "Plus"']);
  if (field === 'Größe der Anlage') return `${random.between(4, 15)},${random.between(0, 9)} kWp`;
  if (/ am$|ende$/.test(field)) return `${random.between(10, 28)}.0${random.between(1, 9)}.2026`;
  return random.pick(['ja', 'möchte Unterlagen; erst nach Ostern', 'ruft zurück', '']);
}
