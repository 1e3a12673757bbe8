import type { Random } from '../../../core/seeded.js';
import { seeded } from '../../../core/seeded.js';

/** How a person takes to a chat. Named after what becomes of it. */
export type Habit =
  | 'no-whatsapp'
  | 'silent'
  | 'queued'
  | 'stops-midway'
  | 'refuses'
  | 'finishes'
  | 'wants-a-call'
  | 'writes-later'
  | 'sends-a-picture';

/** Numbers that end like this always behave like this, whatever the seed. */
export const endings: Readonly<Record<string, { readonly habit: Habit; readonly about: string }>> = {
  '000': { habit: 'no-whatsapp', about: 'has no WhatsApp account: Not on WhatsApp' },
  '111': { habit: 'silent', about: 'never answers: stays Open' },
  '222': { habit: 'queued', about: 'waits a day for the first message: Not contacted, then as 555' },
  '333': { habit: 'stops-midway', about: 'stops in the middle: stays Engaged' },
  '444': { habit: 'refuses', about: 'has no interest: Dead' },
  '555': { habit: 'finishes', about: 'answers everything: Done' },
  '666': { habit: 'wants-a-call', about: 'wants to be called, date in Comment: Callback' },
  '777': { habit: 'writes-later', about: 'finishes and writes again a day later: Done, then Archive' },
  '888': {
    habit: 'sends-a-picture',
    about: 'sends a picture (type image), then finishes: Done, with a Comment',
  },
};

/** Of a hundred people with other endings. */
const shares: readonly (readonly [Habit, number])[] = [
  ['no-whatsapp', 8],
  ['silent', 15],
  ['stops-midway', 10],
  ['refuses', 9],
  ['wants-a-call', 4],
  ['writes-later', 4],
  ['sends-a-picture', 5],
  ['queued', 3],
];

export interface Respondent {
  readonly habit: Habit;
  /** Decides words and delays; starts anew for every chat, so that a person is the same person each time. */
  readonly random: Random;
}

/** The person behind a number: the same for the same seed and digits. */
export function respondent(seed: number, digits: string): Respondent {
  const random = seeded('sales-q', seed, digits);
  const drawn = draw(random);
  return { habit: endings[digits.slice(-3)]?.habit ?? drawn, random };
}

function draw(random: Random): Habit {
  let left = random.next() * 100;
  for (const [habit, share] of shares) {
    left -= share;
    if (left < 0) return habit;
  }
  return 'finishes';
}
