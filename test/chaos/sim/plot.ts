import type { PlanPolicy } from '../../../src/core/ledger.js';
import { seeded, type Random } from '../../../src/core/seeded.js';
import { operationKinds } from './operation.js';
import type { LeadFile, Manner } from './programs.js';
import { calm, type Weather } from './meddler.js';
import type { Command, Plot } from './seed.js';

const day = 86_400_000;
const phoneOf = (n: number): string => `+4917800000${String(n).padStart(2, '0')}`;

/** A story of everything there is: two to four operators, one or two machines, and whatever weather. */
export function anything(seed: number): Plot {
  const random = seeded('plot', seed);
  const persons = random.between(2, 6);
  const files = Array.from({ length: random.between(1, 3) }, (_, n) => fileOf(random, `file-${n + 1}`, persons));
  const machines = random.between(1, 2);
  return {
    kind: random.pick(operationKinds),
    machines,
    files,
    weather: weatherOf(random),
    trouble: random.pick([0, 0.15, 0.4, 0.7]),
    queues: random.next() < 0.5,
    grouping: random.next() < 0.3,
    operators: Array.from({ length: random.between(2, 4) }, (_, n) => commandsOf(random, files, persons, n)),
  };
}

export function fileOf(random: Random, name: string, persons: number): LeadFile {
  const phones = Array.from({ length: random.between(1, 4) }, () =>
    random.next() < 0.05 ? null : phoneOf(random.between(1, persons)),
  );
  return { name, phones };
}

function weatherOf(random: Random): Weather {
  const often = random.pick([0.004, 0.015, 0.05]);
  const some = (share: number): number => (random.next() < share ? often : 0);
  const weather = {
    kill: some(0.5),
    freeze: some(0.35),
    powerCut: some(0.2) / 2,
    stop: some(0.3),
    jump: some(0.15),
    fullDisk: some(0.15) / 2,
    busy: random.next() < 0.15 ? 0.1 : 0,
    unknown: some(0.15),
  };
  return Object.values(weather).some((chance) => chance > 0) ? weather : calm;
}

export const mannerOf = (random: Random): Manner => ({
  items: random.between(1, 3),
  concurrency: random.pick([1, 1, 2]),
  perSecond: random.pick([20, 100, Infinity]),
  reader: random.next() < 0.05 ? (random.next() < 0.3 ? null : 6_000) : 0,
});

export const policyOf = (random: Random): PlanPolicy => ({
  recontact: random.pick([
    { mode: 'never', afterMs: 0 },
    { mode: 'never', afterMs: 0 },
    { mode: 'after', afterMs: day },
    { mode: 'always', afterMs: 0 },
  ] as const),
  allowDuplicates: random.next() < 0.1,
});

type Doing = Command['do'];

const later: readonly [Doing, ...Doing[]] = [
  'push', 'push', 'resume', 'resume', 'work', 'work', 'reconcile', 'resolve', 'block', 'unblock',
];

function commandsOf(random: Random, files: readonly LeadFile[], persons: number, n: number): Command[] {
  return Array.from({ length: random.between(1, 3) }, (_, index): Command => {
    const [first] = files;
    if (!first) throw new Error('a plot without files');
    return {
      do: index === 0 && n < 2 ? (n === 0 ? 'push' : random.pick(['push', 'block', 'work'])) : random.pick(later),
      after: random.pick([0, 20, 300, 4_000, 30_000]),
      operation: random.pick(['import', 'import', 'add']),
      file: files[random.between(0, files.length - 1)] ?? first,
      policy: policyOf(random),
      phones: [phoneOf(random.between(1, persons))],
      manner: mannerOf(random),
    };
  });
}
