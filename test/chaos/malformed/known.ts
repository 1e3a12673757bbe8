import type { PartFailure } from '../support/part.js';
import type { WrongReader } from '../wrong/readers.js';
import { wrongReaders } from '../wrong/readers.js';
import { faultsOf } from './judge.js';
import { caseOf } from './shard.js';
import { Stage } from './world.js';

/** Cases a wrong reader is given at most, of those that bring its idea to light. */
const most = 2_600;

/** Lets each wrong reader loose on the tables until one is caught by. */
export async function catchKnown(seed: number): Promise<{
  readonly caught: number;
  readonly all: number;
  readonly missed: readonly PartFailure[];
}> {
  const stage = await Stage.open();
  const missed: PartFailure[] = [];
  try {
    for (const reader of wrongReaders) {
      const { id, idea } = reader;
      if (!(await isCaught(seed, stage, reader)))
        missed.push({ what: `the wrong reader ${id} was not caught (${idea})`, replay: '' });
    }
  } finally {
    await stage.close();
  }
  return { caught: wrongReaders.length - missed.length, all: wrongReaders.length, missed };
}

async function isCaught(seed: number, stage: Stage, { on, run }: WrongReader): Promise<boolean> {
  for (let at = 0; at < most; at += 1) {
    const one = caseOf(seed, `table:${at}`);
    if (one.stdin !== undefined || !on.test(one.what)) continue;
    if (faultsOf(one, await stage.play(one, run)).length > 0) return true;
  }
  return false;
}
