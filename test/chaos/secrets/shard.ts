import type { PartFailure } from '../support/part.js';
import { inParallel, watchForUncaught } from '../support/watch.js';
import { commandLines } from './commands.js';
import { faults } from './faults.js';
import type { Case } from './play.js';
import { play } from './play.js';

/** Cases for one process: their places in the list of all. */
export interface Share {
  readonly places: readonly number[];
  readonly log: (line: string) => void;
}

export interface Found {
  readonly failures: readonly PartFailure[];
}

/** Every command with every fault; the format of the output takes turns. */
export async function allCases(): Promise<Case[]> {
  const lines = await commandLines();
  return lines.flatMap((args, line) =>
    faults.map((fault, at): Case => ({
      id: `${args.join(' ')} | ${fault.id}`,
      args,
      fault,
      format: (line + at) % 2 === 0 ? 'json' : 'table',
    })),
  );
}

export async function run({ places, log }: Share): Promise<Found> {
  const all = await allCases();
  const watch = watchForUncaught();
  const failures: PartFailure[] = [];
  let done = 0;
  await inParallel(places, 12, async (place) => {
    const one = all[place];
    if (!one) return;
    const { leaks } = await play(one).catch((error: unknown) => ({
      leaks: [
        `uncaught ${error instanceof Error ? `${error.name} ${(error as { code?: string }).code ?? ''}` : 'value'}`,
      ],
    }));
    const heard = watch.take().map((what) => `uncaught ${what}`);
    for (const what of new Set([...leaks, ...heard]))
      failures.push({ what: `${one.id}: ${what}`, replay: one.id });
    done += 1;
    if (done % 500 === 0) log(`${done} of ${places.length} command lines`);
  });
  watch.stop();
  return { failures };
}
