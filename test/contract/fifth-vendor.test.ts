/**
 * What a vendor costs: the folder ringtail/ is a whole one. It is put into a copy of the build with one line, as it would
 * stand in src/vendors, and passes every contract a vendor has to pass.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PushSummary } from '../../src/core/report.js';
import { startSandbox } from '../../src/rehearsal/host.js';
import { vendors } from '../../src/vendors/index.js';
import { buildWrong } from '../chaos/support/apart.js';
import { digits, leadsCsv } from '../support/leads.js';
import { Desk } from '../support/program.js';
import { cleared, number } from '../support/rows.js';
import { realClock } from '../support/sandboxed.js';
import { uncovered, type GateVendor } from './gate/rows.js';
import { gateContract } from './gate.js';
import { callLeads } from './ringtail/call.js';
import ringtail from './ringtail/index.js';
import twin from './ringtail/twin.js';
import { vendorContract } from './vendor.js';
import type { Answerer } from './wire/recorder.js';
import { wireContract } from './wire.js';

const source = path.join(import.meta.dirname, 'ringtail');

/** The vendor's files as JavaScript, by their path in dist/. */
async function builtFiles(): Promise<Record<string, string>> {
  const names = (await readdir(source)).filter((name) => name.endsWith('.ts'));
  const built = names.map(async (name): Promise<[string, string]> => {
    const compilerOptions = {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    };
    const text = await readFile(path.join(source, name), 'utf8');
    const { outputText } = ts.transpileModule(text, { compilerOptions });
    return [
      `vendors/ringtail/${name.replace(/ts$/, 'js')}`,
      outputText.replaceAll("'../../../src/", "'../../"),
    ];
  });
  return Object.fromEntries(await Promise.all(built));
}

let folder: string;
let program = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'salesq-fifth-'));
  const line = "{ id: 'ringtail', about: 'dialler', load: () => import('./ringtail/index.js') },";
  const from = 'export const vendors = [';
  const edits = [{ file: 'vendors/index.js', from, to: `${from}\n    ${line}` }];
  const dist = await buildWrong({ name: 'fifth', edits, adds: await builtFiles() }, folder);
  program = path.join(path.dirname(dist), 'bin/salesq.js');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const standIn = (): Answerer => {
  let calls = 0;
  return ({ method }) =>
    method === 'GET'
      ? { body: { id: '1', phone: '+491713920001', name: 'Groß' } }
      : { body: { accepted: true, id: String((calls += 1)) } };
};

const gated: GateVendor = {
  vendor: ringtail,
  settings: 'key: "env:TEST_SECRET"',
  standIn,
  isRead: ({ method }) => method === 'GET',
  operations: { call: [{}] },
};

it('a vendor is five files and a line', async () => {
  const names = (await readdir(source)).filter((name) => name.endsWith('.ts'));
  expect(names.sort()).toEqual(['call.ts', 'client.ts', 'find.ts', 'index.ts', 'twin.ts']);
  expect(uncovered([ringtail], [gated])).toEqual([]);
});

vendorContract('Ringtail call', {
  vendor: ringtail,
  operation: callLeads,
  rows: [cleared(1, 'a'.repeat(24), { name: 'Groß', phone: number('+491713920001'), second: null })],
  secrets: { key: 'CANARY-secret' },
  yes: () => ({ accepted: true, id: '1' }),
  no: () => ({ accepted: false, reason: 'no consent' }),
});

wireContract(
  [
    {
      name: 'ringtail',
      vendor: 'ringtail',
      answerer: standIn(),
      files: {
        'people.csv': 'Telefon;Telefon 2;Nachname\n0171 3920001;0171/3920002;Groß\n+49 171 3920003;;Weiß\n',
      },
      steps: [
        { args: ['ringtail', 'call', 'people.csv'] },
        { args: ['ringtail', 'find', '1'] },
        { args: ['profiles', 'check'] },
      ],
    },
  ],
  {
    golden: path.join(source, 'golden'),
    logins: { ringtail: 'key: "env:TEST_SECRET"' },
    program: () => program,
  },
);

describe('the gate', () =>
  gateContract(
    [gated],
    () => program,
    () => program,
  ));

it('has its place in the sandbox, in help, and in the commands', async () => {
  const others = await Promise.all(vendors.map(async ({ load }) => (await load()).default.twin()));
  const sandbox = await startSandbox({
    twins: [...others, twin],
    host: '127.0.0.1',
    port: 0,
    speed: 60,
    seed: 1,
    stateFile: null,
    clock: realClock,
    webhooks: {},
  });
  const desk = await Desk.open(program);
  try {
    const env = { SALESQ_PROFILE: 'sandbox', SALESQ_SANDBOX_URL: sandbox.url };
    await desk.write('leads.csv', leadsCsv(2));
    const pushed = await desk.json<PushSummary>(['ringtail', 'call', 'leads.csv', '--rate', '1000/s'], {
      env,
    });
    expect(pushed.document.counts).toMatchObject({ delivered: 2 });
    expect(sandbox.contacts().persons).toHaveLength(2);
    const found = await desk.json<{ calls: readonly object[] }>(['ringtail', 'find', '2'], { env });
    expect(found.document.calls).toMatchObject([{ id: '2', phone: `+${digits(1)}` }]);
    expect((await desk.run(['ringtail', 'call', '--help'])).stdout).toContain('number to call');
  } finally {
    await desk.close();
    await sandbox.close();
  }
});
