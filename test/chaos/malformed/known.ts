import type { PartFailure } from '../support/part.js';
import { wrongReaders } from '../wrong/readers.js';
import { faultsOf } from './judge.js';
import { caseOf } from './shard.js';
import { Stage } from './world.js';

/** Cases a wrong reader gets before it counts as not caught. */
const most = 400;

/** Lets each wrong reader loose on the tables until one is caught by. */
export async function catchKnown(seed: number): Promise<{
  readonly caught: number;
  readonly all: number;
  readonly missed: readonly PartFailure[];
}> {
  const stage = await Stage.open();
  const missed: PartFailure[] = [];
  try {
    for (const { id, idea, run } of wrongReaders) {
      if (!(await isCaught(seed, stage, run)))
        missed.push({ what: `the wrong reader ${id} was not caught (${idea})`, replay: '' });
    }
  } finally {
    await stage.close();
  }
  return { caught: wrongReaders.length - missed.length, all: wrongReaders.length, missed };
}

async function isCaught(
  seed: number,
  stage: Stage,
  run: (typeof wrongReaders)[number]['run'],
): Promise<boolean> {
  for (let at = 0; at < most; at += 1) {
    const one = caseOf(seed, `table:${at}`);
    if (one.stdin === undefined && faultsOf(one, await stage.play(one, run)).length > 0) return true;
  }
  return false;
}
