import { people } from './people.js';
import type { Session, Step } from './steps.js';

/** A session that once broke a promise, as short as it still did. */
interface Find {
  readonly what: string;
  readonly session: Session;
}

const find = (what: string, steps: readonly Step[], ledger: Session['ledger'] = 'environment'): Find => ({
  what,
  session: { seed: 0, ledger, steps },
});

const numberOf = (who: number) => (people[who] as (typeof people)[number]).main;

export const finds: readonly Find[] = [
  find('mmDial would have dialled an Austrian number as a German one', [
    { do: 'edit', lead: 10_001, column: 'alt_phone', line: numberOf(4), style: 'plus', around: {} },
    { do: 'edit', lead: 10_001, column: 'phone', line: numberOf(5), style: 'idd', around: {} },
  ]),
  find('dnc remove of a number with two readings said no more than that', [
    { do: 'opt in', line: numberOf(9), style: 'bare', around: {} },
  ]),
];
