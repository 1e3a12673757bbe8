import { collectGarbage, workshop } from '../support/tools.js';
import type { Fault } from './judge.js';
import { play } from './play.js';
import { sessionOf } from './session.js';
import { shortest } from './shrink.js';
import { Vendors } from './vendors.js';

/** The seeds one process plays. */
export interface Hand {
  readonly from: number;
  readonly every: number;
  readonly count: number;
  /** Print the whole session. */
  readonly tell: boolean;
  /** End with the first session that fails. */
  readonly untilFault?: boolean;
  readonly log: (line: string) => void;
}

/** What they came to. */
export interface Sum {
  readonly sessions: number;
  readonly commands: number;
  readonly contacts: number;
  readonly faults: readonly (Fault & { readonly seed: number })[];
}

/** Faults that are shortened and shown: a broken promise breaks often. */
const most = 10;

/** Plays the seeds of a hand; of a session that fails, its shortest form is told as command lines. */
export async function runSeeds({ from, every, count, tell, untilFault = false, log }: Hand): Promise<Sum> {
  const shop = await workshop('operator');
  const vendors = await Vendors.open();
  const faults: (Fault & { seed: number })[] = [];
  let [sessions, commands, contacts] = [0, 0, 0];
  try {
    for (let at = 0; at < count && !(untilFault && faults.length > 0); at += 1) {
      const seed = from + at * every;
      const session = sessionOf(seed);
      const played = await play(vendors, session, shop.path);
      sessions += 1;
      commands += played.commands;
      contacts += played.contacts;
      if (tell) for (const line of played.trace) log(line);
      const [first] = played.faults;
      if (first && faults.length < most) {
        const { trace } = await shortest(vendors, session, first.kind, shop.path);
        log([`seed ${seed}: ${first.kind}: ${first.what}`, ...trace].join('\n    '));
      }
      faults.push(...played.faults.map((fault) => ({ ...fault, seed })));
      if (at % 20 === 19) await collectGarbage();
      if (at % 100 === 99) log(`${at + 1} sessions, ${faults.length} faults`);
    }
    return { sessions, commands, contacts, faults };
  } finally {
    await vendors.close();
    await shop.close();
  }
}

export const run = runSeeds;
