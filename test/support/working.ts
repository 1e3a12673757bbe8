import { setTimeout as delay } from 'node:timers/promises';
import type { PushCounts, PushSummary } from '../../src/core/report.js';
import type { Sandbox } from '../../src/rehearsal/host.js';
import { Desk, finished } from './program.js';
import { sandboxEnv } from './sandboxed.js';

export interface Together {
  readonly counts: PushCounts;
  /** Rows whose sender was killed. */
  readonly interrupted: number;
  /** Persons with whom the sandbox saw more than one conversation opened. */
  readonly twice: readonly string[];
}

/** Numbers that are mobile numbers and nobody's magic ending of the sandbox. */
export function manyLeads(count: number): string {
  const lines: string[] = [];
  for (let i = 0; lines.length < count; i += 1) {
    const number = `+4915510${String(100_000 + i * 7)}`;
    if (!/[45]\d\d$/.test(number)) lines.push(`${number};Eva;Muster ${i}`);
  }
  return ['Telefon;Vorname;Nachname', ...lines, ''].join('\n');
}

/**
 * One machine plans a run; it and another work on it, one is killed in the middle and replaced by a third. Each has a
 * home of its own; the ledger is the only thing they share.
 */
export async function workTogether(of: {
  readonly sandbox: Sandbox;
  readonly ledger: string;
  readonly rows: number;
  readonly batch?: number;
}): Promise<Together> {
  const desks = await Promise.all([Desk.open(), Desk.open(), Desk.open()]);
  const env = sandboxEnv(of.sandbox);
  const ledger = ['--ledger', of.ledger];
  const flags = ['--batch-size', String(of.batch ?? 1), '--rate', '1000/s', '--ledger', of.ledger];
  try {
    const [first, second, third] = desks;
    await first.write('leads.csv', manyLeads(of.rows));
    const planned = await first.json<PushSummary>(
      ['sales-q', 'import', 'leads.csv', ...flags, '--limit', '1'],
      {
        env,
      },
    );
    const run = planned.document.run ?? '';
    const workers = [first, second].map((desk) => desk.start(['runs', 'work', run, ...flags], { env }));
    const ends = workers.map(finished);
    await contacted(of.sandbox, Math.ceil(of.rows / 4));
    workers[1]?.kill('SIGKILL');
    const replaced = third.json<PushSummary>(['runs', 'work', run, ...flags], { env });
    await Promise.all([...ends, replaced]);
    const { document } = await first.json<PushSummary>(['runs', 'show', run, ...ledger], { env });
    const doubts = await first.json<{ rows: { code: string }[] }>(
      ['runs', 'rows', run, '--state', 'in-doubt', ...ledger],
      {
        env,
      },
    );
    return {
      counts: document.counts,
      interrupted: doubts.document.rows.filter(({ code }) => code === 'run.interrupted').length,
      twice: of.sandbox.contacts().twice.map(({ person }) => person),
    };
  } finally {
    await Promise.all(desks.map((desk) => desk.close()));
  }
}

async function contacted(sandbox: Sandbox, persons: number): Promise<void> {
  while (sandbox.contacts().persons.length < persons) await delay(5);
}
