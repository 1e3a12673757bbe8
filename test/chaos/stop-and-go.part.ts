import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { seeded } from '../../src/core/twin.js';
import { PostgresServer } from '../support/postgres.js';
import { ledgerOf } from './support/flow.js';
import { Oracle } from './support/oracle.js';
import type { PartReport, PartRequest, Scale } from './support/part.js';
import { scenes, type Complain, type Scene } from './support/scenes.js';
import { Failures, pool, workshop } from './support/tools.js';

/** The program as users start it, killed, stopped, interrupted, and started many times at once. */
export const name = 'stop-and-go';

export async function run({ seed, budget, replay, log }: PartRequest): Promise<PartReport> {
  const shop = await workshop('stop');
  const failures = new Failures();
  const figures = new Map<string, number>();
  const chosen = replay === null ? casesOf(budget.scale) : [replayed(replay)];
  const most = budget.points === null ? chosen.length : Math.min(budget.points, chosen.length);
  const note = (figure: string, by = 1): void => void figures.set(figure, (figures.get(figure) ?? 0) + by);
  const cases = chosen.slice(0, most);
  const server = cases.some(({ shared }) => shared) ? await PostgresServer.start() : null;
  try {
    await pool(cases, budget.workers, async (one) => {
      const { scene, turn } = one;
      const id = idOf(one);
      const folder = path.join(shop.path, id.replace(/\W/g, '-'));
      const ledger = one.shared
        ? server?.url('postgres', `?schema=${id.replace(/\W/g, '_')}`)
        : ledgerOf(folder);
      if (ledger === undefined) throw new Error('there is no server');
      const oracle = await Oracle.start();
      const complain: Complain = (kind, what) => failures.add(kind, `${id}, ${what}`, id);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      try {
        await scene.play({
          folder,
          ledger,
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
        'on PostgreSQL': cases.filter(({ shared }) => shared).length,
        ...Object.fromEntries(figures),
        double: failures.count('double'),
        lost: failures.count('lost') + failures.count('forgotten'),
        'other failures': rest,
      },
      failures: failures.list,
    };
  } finally {
    await server?.close();
    await shop.close();
  }
}

interface Case {
  readonly scene: Scene;
  readonly turn: number;
  /** On PostgreSQL. */
  readonly shared: boolean;
}

const idOf = ({ scene, turn, shared }: Case): string => `${scene.name}${shared ? '@postgres' : ''}:${turn}`;

const casesOf = (scale: Scale): Case[] =>
  scenes.flatMap((scene) => [
    ...Array.from({ length: scene.times[scale] }, (_, turn) => ({ scene, turn, shared: false })),
    ...Array.from({ length: scene.shared?.[scale] ?? 0 }, (_, turn) => ({ scene, turn, shared: true })),
  ]);

function replayed(id: string): Case {
  const [, name, shared, turn] = /^([^:@]+)(@postgres)?:(\d+)$/.exec(id) ?? [];
  const scene = scenes.find((one) => one.name === name);
  if (!scene) throw new Error(`no case ${id}: <scene>[@postgres]:<turn>`);
  return { scene, turn: Number(turn), shared: shared !== undefined };
}
