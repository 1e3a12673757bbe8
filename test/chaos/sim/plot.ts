import type { PlanPolicy } from '../../../src/core/ledger.js';
import { seeded, type Random } from '../../../src/core/twin.js';
import { operationKinds } from './operation.js';
import type { LeadFile } from './leads.js';
import type { Manner } from './programs.js';
import { calm, type Weather } from './meddler.js';
import type { Command, Plot } from './seed.js';

const day = 86_400_000;
const phoneOf = (n: number): string => `+4917800000${String(n).padStart(2, '0')}`;

/** A story of everything there is: two to four operators, one or two machines, and whatever weather. */
export function anything(seed: number): Plot {
  const random = seeded('plot', seed);
  const persons = random.between(2, 6);
  const files = Array.from({ length: random.between(1, 3) }, (_, n) =>
    fileOf(random, `file-${n + 1}`, persons),
  );
  const operators = Array.from({ length: random.between(2, 3) }, (_, n) =>
    commandsOf(random, files, persons, n),
  );
  if (random.next() < 0.5) operators.push(caretaker(random, files, persons));
  return {
    kind: random.pick(operationKinds),
    machines: random.between(1, 2),
    files,
    weather: weatherOf(random),
    trouble: random.pick([0, 0.3, 0.6, 0.85]),
    queues: random.next() < 0.5,
    grouping: random.next() < 0.3,
    operators,
  };
}

export function fileOf(random: Random, name: string, persons: number): LeadFile {
  const phones = Array.from({ length: random.between(1, random.next() < 0.1 ? 9 : 4) }, () =>
    random.next() < 0.05 ? null : phoneOf(random.between(1, persons)),
  );
  return { name, phones, seconds: [] };
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
    claimNap: 0,
    naps: calm.naps,
  };
  return Object.values(weather).some((chance) => typeof chance === 'number' && chance > 0) ? weather : calm;
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

const soon: readonly [Doing, ...Doing[]] = ['push', 'push', 'work', 'work', 'block', 'resume'];

const later: readonly [Doing, ...Doing[]] = [
  'push',
  'push',
  'resume',
  'resume',
  'work',
  'work',
  'reconcile',
  'resolve',
  'block',
  'unblock',
];

function commandsOf(random: Random, files: readonly LeadFile[], persons: number, n: number): Command[] {
  return Array.from({ length: random.between(1, 3) }, (_, index): Command => {
    const what = index > 0 ? random.pick(later) : n === 0 ? 'push' : random.pick(soon);
    const pauses = [0, 20, 300, 4_000, 30_000, 100_000] as const;
    const after = index > 0 ? random.pick(pauses) : n === 0 ? 0 : random.between(0, 300);
    return commandOf(random, what, after, files, persons);
  });
}

/** Somebody who comes when the first has happened, looks what became of it, and goes on. */
const caretaker = (random: Random, files: readonly LeadFile[], persons: number): Command[] =>
  Array.from({ length: random.between(1, 3) }, (_, index) => {
    const what = random.pick(['reconcile', 'reconcile', 'resolve', 'resume', 'push'] as const);
    return commandOf(random, what, random.between(0, index === 0 ? 40_000 : 20_000), files, persons);
  });

function commandOf(
  random: Random,
  what: Doing,
  after: number,
  files: readonly LeadFile[],
  persons: number,
): Command {
  const [first] = files;
  if (!first) throw new Error('a plot without files');
  return {
    do: what,
    after,
    operation: random.pick(['import', 'import', 'add']),
    file: files[random.between(0, files.length - 1)] ?? first,
    policy: policyOf(random),
    phones: [phoneOf(random.between(1, persons))],
    manner: mannerOf(random),
  };
}

/** `dnc add` of numbers that are being pushed. */
export function addAndPush(seed: number): Plot {
  const random = seeded('add and push', seed);
  const file = fileOf(random, 'file-1', 3);
  const phones = file.phones.filter((phone) => phone !== null);
  const command = (what: Doing, after: number): Command => ({
    do: what,
    after,
    operation: 'import',
    file,
    policy: { recontact: { mode: 'never', afterMs: 0 }, allowDuplicates: false },
    phones: phones.length > 0 ? [random.pick(phones as [string, ...string[]])] : [],
    manner: { ...mannerOf(random), reader: random.next() < 0.1 ? null : 0 },
  });
  const others =
    random.next() < 0.4 ? [[command(random.pick(['work', 'resume']), random.between(20, 200))]] : [];
  return {
    kind: random.pick(operationKinds),
    machines: random.between(1, 2),
    files: [file],
    weather: random.next() < 0.6 ? calm : { ...calm, freeze: 0.02, stop: 0.01, kill: 0.01 },
    trouble: random.pick([0, 0.3, 0.6]),
    queues: false,
    grouping: random.next() < 0.3,
    operators: [
      [command('push', 0), command('resume', 1_000)],
      [command('block', random.between(0, 250))],
      ...others,
    ],
  };
}

/** Several pushes of the same people at once: one file, or two operations that reach them. */
export function pushAndPush(seed: number): Plot {
  const random = seeded('push and push', seed);
  const one = random.next() < 0.5;
  const files = one
    ? [fileOf(random, 'file-1', 3)]
    : [fileOf(random, 'file-1', 2), fileOf(random, 'file-2', 2)];
  const push = (n: number, after: number): Command => ({
    do: 'push',
    after,
    operation: one || n % 2 === 0 ? 'import' : 'add',
    file: files[n % files.length] ?? fileOf(random, 'file-1', 3),
    policy: { ...policyOf(random), allowDuplicates: false },
    phones: [],
    manner: { ...mannerOf(random), reader: 0 },
  });
  return {
    kind: random.pick(operationKinds),
    machines: random.between(1, 2),
    files,
    weather: random.next() < 0.5 ? calm : { ...calm, kill: 0.02, freeze: 0.01 },
    trouble: random.pick([0, 0.3]),
    queues: false,
    grouping: random.next() < 0.3,
    operators: Array.from({ length: random.between(2, 3) }, (_, n) => [
      push(n, random.between(0, 80)),
      ...(random.next() < 0.5 ? [push(n + 1, random.pick([0, 500, 5_000]))] : []),
    ]),
  };
}

/** Machines that sleep while others take over what they held, and people who decide about it. */
export function sleepers(seed: number): Plot {
  const random = seeded('sleepers', seed);
  const file = fileOf(random, 'file-1', 3);
  const command = (what: Doing, after: number): Command => ({
    do: what,
    after,
    operation: 'import',
    file,
    policy: { recontact: { mode: 'never', afterMs: 0 }, allowDuplicates: false },
    phones: file.phones.flatMap((phone) => phone ?? []).slice(0, 1),
    manner: { items: random.between(1, 2), concurrency: 1, perSecond: Infinity, reader: 0 },
  });
  return {
    kind: random.pick(operationKinds),
    machines: 2,
    files: [file],
    weather: { ...calm, claimNap: 0.4, naps: [70_000, 80_000, 100_000] },
    trouble: random.pick([0, 0.3]),
    queues: false,
    grouping: false,
    operators: [
      [command('push', 0)],
      [
        command(random.pick(['work', 'resume']), random.between(60_500, 66_000)),
        command(random.pick(['resolve', 'block']), random.between(0, 3_000)),
        command('resume', random.between(0, 3_000)),
      ],
    ],
  };
}

/** What people do when much went wrong: they look, decide, and push again. */
export function afterwards(seed: number): Plot {
  const random = seeded('afterwards', seed);
  const files = [fileOf(random, 'file-1', 2), fileOf(random, 'file-2', 2)] as const;
  const command = (what: Doing, after: number): Command => ({
    do: what,
    after,
    operation: random.pick(['import', 'import', 'add']),
    file: random.pick(files),
    policy: { ...policyOf(random), allowDuplicates: false },
    phones: [],
    manner: { ...mannerOf(random), reader: 0 },
  });
  const what: readonly [Doing, ...Doing[]] = ['resolve', 'resolve', 'push', 'push', 'resume', 'reconcile'];
  return {
    kind: random.pick(operationKinds),
    machines: 1,
    files,
    weather: random.next() < 0.7 ? calm : { ...calm, kill: 0.02 },
    trouble: random.pick([0.4, 0.7]),
    queues: random.next() < 0.5,
    grouping: false,
    operators: [
      [
        command('push', 0),
        ...Array.from({ length: random.between(2, 5) }, () =>
          command(random.pick(what), random.pick([0, 1_000, 35_000])),
        ),
      ],
    ],
  };
}

const secondOf = (n: number): string => `+4917900000${String(n).padStart(2, '0')}`;

/**
 * The same story with second numbers: leads that are dialled on two, one of them now and then somebody else's own, and
 * `dnc add` of such a number at any moment. The luck is its own, so that stories of one number stay as they are.
 */
function withSeconds(plotOf: (seed: number) => Plot, comesIn: number): (seed: number) => Plot {
  return (seed) => {
    const plot = plotOf(seed);
    const random = seeded('second numbers', seed);
    const files = new Map(plot.files.map((file) => [file.name, secondsOf(random, file)]));
    const known = [...files.values()].flatMap(({ seconds }) => seconds.flatMap((second) => second ?? []));
    const [first, ...more] = known;
    const pick = (): string[] => (first === undefined ? [] : [random.pick([first, ...more])]);
    const changed = (command: Command): Command => {
      const file = files.get(command.file.name) ?? command.file;
      const isList = command.do === 'block' || command.do === 'unblock';
      if (!isList || first === undefined || random.next() < 0.5) return { ...command, file };
      return { ...command, file, phones: random.next() < 0.7 ? pick() : [...command.phones, ...pick()] };
    };
    const operators = plot.operators.map((commands) => commands.map(changed));
    const [model] = operators[0] ?? [];
    if (model && first !== undefined && random.next() < comesIn) {
      const after = random.pick([
        random.between(0, 250),
        random.between(0, 3_000),
        random.between(0, 40_000),
      ]);
      operators.push([{ ...model, do: 'block', after, phones: pick() }]);
    }
    return { ...plot, files: [...files.values()], operators };
  };
}

function secondsOf(random: Random, file: LeadFile): LeadFile {
  const own = file.phones.flatMap((phone) => phone ?? []);
  const seconds = file.phones.map((phone) => {
    if (phone === null || random.next() < 0.5) return null;
    const other = random.next() < 0.15 ? own[random.between(0, own.length - 1)] : undefined;
    return other === undefined || other === phone ? secondOf(random.between(1, 4)) : other;
  });
  return { ...file, seconds };
}

/** By name, as a replay names them. */
export const plots = {
  anything: withSeconds(anything, 0.3),
  addAndPush: withSeconds(addAndPush, 0.3),
  pushAndPush: withSeconds(pushAndPush, 0.15),
  sleepers: withSeconds(sleepers, 0.15),
  afterwards: withSeconds(afterwards, 0.15),
} as const;
export type PlotName = keyof typeof plots;
