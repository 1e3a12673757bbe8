import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { knownBad } from './known-bad.js';
import { hunt } from './sim/hunt.js';
import type { ByTest, KnownBad } from './support/known-bad.js';
import type { PartFailure, PartReport, PartRequest } from './support/part.js';
import { inParallel } from './support/watch.js';

/** Clients with one wrong idea each: the suite is worth something only if it catches every one of them. */
export const name = 'known-bad';

const root = fileURLToPath(new URL('../../', import.meta.url));

export async function run(request: PartRequest): Promise<PartReport> {
  const { replay } = request;
  const chosen = knownBad.filter(({ id }) => replay === null || id === replay);
  const failures: PartFailure[] = [];
  let caught = 0;
  const note = ({ id, idea }: KnownBad, how: string | null): void => {
    if (how === null) failures.push({ what: `${id} is not caught ("${idea}")`, replay: id });
    else caught += 1;
    request.log(`${id}: ${how ?? 'NOT CAUGHT'}`);
  };
  for (const bad of chosen) if (bad.caught.by === 'simulation') note(bad, await bySeeds(bad));
  const skipped = await byTests(chosen, note);
  const here = chosen.filter(({ caught: { by } }) => by !== 'part').length - skipped;
  const figures = {
    caught: `${caught} of ${here}`,
    ...elsewhere(chosen),
    ...(skipped > 0 ? { skipped } : {}),
  };
  return { name, figures, failures };
}

/** How many other parts try, and count. */
function elsewhere(chosen: readonly KnownBad[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { caught } of chosen)
    if (caught.by === 'part') counts[`in ${caught.part}`] = (counts[`in ${caught.part}`] ?? 0) + 1;
  return counts;
}

async function bySeeds({ caught }: KnownBad): Promise<string | null> {
  if (caught.by !== 'simulation') return null;
  const prey = await hunt(caught.client, caught.plot, caught.from);
  const telling = prey?.failures.find((failure) => caught.as.includes(failure));
  return prey && telling ? `${telling} (${caught.plot}:${prey.seed})` : null;
}

/** Runs the tests that catch the rest. Returns how many of them cannot run on this machine. */
async function byTests(
  chosen: readonly KnownBad[],
  note: (bad: KnownBad, how: string | null) => void,
): Promise<number> {
  const cases = chosen.flatMap((bad) => (bad.caught.by === 'test' ? [{ bad, test: bad.caught }] : []));
  const files = [...new Set(cases.map(({ test }) => test.file))];
  let skipped = 0;
  await inParallel(files, 2, async (file) => {
    const here = cases.filter(({ test }) => test.file === file);
    const results = await tested(
      file,
      here.map(({ test }) => test),
    );
    for (const { bad, test } of here) {
      const mine = results.filter(({ fullName }) => fullName.includes(test.title));
      const ran = mine.filter(({ status }) => status === 'passed' || status === 'failed');
      if (ran.length === 0 && mine.length > 0) skipped += 1;
      else
        note(
          bad,
          ran.length > 0 && ran.every(({ status }) => status === 'passed') ? `${file}: ${test.title}` : null,
        );
    }
  });
  return skipped;
}

interface Result {
  readonly fullName: string;
  readonly status: string;
}

/** The tests of a file whose titles these are, run by themselves. */
async function tested(file: string, tests: readonly ByTest[]): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'salesq-known-bad-'));
  try {
    const out = join(folder, 'results.json');
    const titles = tests.map(({ title }) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', file, '-t', titles, '--reporter=json', `--outputFile=${out}`];
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
    await new Promise((resolve) => child.once('close', resolve));
    const { testResults } = JSON.parse(await readFile(out, 'utf8')) as Report;
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Result[] }[];
}
