import { buildWrong, runApart } from './support/apart.js';
import type { PartReport, PartRequest } from './support/part.js';
import { haveStrace } from './support/strace.js';
import { Failures, workshop } from './support/tools.js';
import { wrongBuilds, type WrongBuild } from './wrong/builds.js';

/** Whether the suite bites: builds of the program with a wrong idea each, of which it must find every one. */
export const name = 'wrong-builds';

export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  if (!(await haveStrace())) return { name, figures: { skipped: 'strace not found' }, failures: [] };
  const shop = await workshop('wrong');
  const failures = new Failures();
  const chosen = wrongBuilds.filter((build) => replay === null || build.name === replay);
  let caught = 0;
  try {
    for (const build of chosen) {
      const seen = await kindsSeen(build, shop.path, { seed, workers: budget.workers });
      const isCaught = build.caughtAs.some((kind) => seen.includes(kind));
      if (isCaught) caught += 1;
      else
        failures.add('not caught', `"${build.idea}" was seen as ${seen.join(', ') || 'nothing'}`, build.name);
      log(`${build.name}: ${seen.join(', ') || 'nothing'}`);
    }
    return { name, figures: { builds: chosen.length, caught }, failures: failures.list };
  } finally {
    await shop.close();
  }
}

/** The kinds of failure its part has for a wrong build. */
export async function kindsSeen(
  build: WrongBuild,
  folder: string,
  { seed, workers }: { readonly seed: number; readonly workers: number },
): Promise<string[]> {
  const dist = await buildWrong(build, folder);
  const budget = { scale: 'reduced', points: build.points, workers } as const;
  const report = await runApart(build.part, { seed, budget, replay: build.replay }, { dist });
  return [...new Set(report.failures.map(({ what }) => what.split(':')[0] ?? ''))];
}
