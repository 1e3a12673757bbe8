import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { seeded } from '../../src/core/seeded.js';
import { Oracle } from './support/oracle.js';
import type { PartReport, PartRequest } from './support/part.js';
import { scenes, type Complain } from './support/scenes.js';
import { Failures, pool, workshop } from './support/tools.js';

/** The program as users start it, killed, stopped, interrupted, and started many times at once. */
export const name = 'stop-and-go';

export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const shop = await workshop('stop');
  const failures = new Failures();
  const figures = new Map<string, number>();
  const cases = scenes.flatMap((scene) =>
    Array.from({ length: scene.times[budget.scale] }, (_, turn) => ({ scene, turn })),
  );
  const chosen =
    replay === null
      ? cases
      : scenes
          .filter((scene) => scene.name === replay.split(':')[0])
          .map((scene) => ({ scene, turn: Number(replay.split(':')[1]) }));
  const most = budget.points === null ? chosen.length : Math.min(budget.points, chosen.length);
  const note = (figure: string, by = 1): void => void figures.set(figure, (figures.get(figure) ?? 0) + by);
  try {
    await pool(chosen.slice(0, most), budget.workers, async ({ scene, turn }) => {
      const id = `${scene.name}:${turn}`;
      const folder = path.join(shop.path, id.replace(':', '-'));
      const oracle = await Oracle.start();
      const complain: Complain = (kind, what) => failures.add(kind, `${id}, ${what}`, id);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      try {
        await scene.play({
          folder,
          oracle,
          random: seeded('stop-and-go', seed, scene.name, turn),
          complain,
          note,
        });
      } catch (error) {
        complain('uncaught', error instanceof Error ? error.message : String(error));
      } finally {
        await oracle.close();
      }
      log(`${id} over`);
    });
    const bad = ['double', 'lost', 'forgotten'];
    const rest = failures.total - bad.reduce((sum, kind) => sum + failures.count(kind), 0);
    return {
      name,
      figures: {
        scenes: most,
        ...Object.fromEntries(figures),
        double: failures.count('double'),
        lost: failures.count('lost') + failures.count('forgotten'),
        'other failures': rest,
      },
      failures: failures.list,
    };
  } finally {
    await shop.close();
  }
}
