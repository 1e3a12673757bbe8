import type { ExitCode } from '../../core/errors.js';
import { Exit } from '../../core/errors.js';
import { loadVendors } from '../../compose.js';
import type { Sandbox } from '../../server/sandbox.js';
import { startSandbox } from '../../server/sandbox.js';
import type { App } from '../app.js';
import type { ShownLead } from './funnel.js';
import { chatLines, funnel, funnelLine } from './funnel.js';
import { Stage } from './stage.js';

/** A virtual hour passes between two polls; the chats of the demo are over after a day and a half. */
const hour = 3_600_000;

interface Update {
  readonly leads: readonly ShownLead[];
}

/**
 * The whole round, on the real program and an embedded sandbox: dry run, import, polls until the chats are over, the
 * same file again, and the sandbox's own list of who was contacted. Resolves 1 where anybody was contacted twice.
 */
export async function runDemo(app: App, keep: boolean): Promise<ExitCode> {
  const twins = await Promise.all((await loadVendors()).map((vendor) => vendor.twin()));
  const sandbox = await startSandbox({
    twins,
    host: '127.0.0.1',
    port: 0,
    speed: 60,
    seed: 7,
    stateFile: null,
    clock: app.clock,
  });
  const stage = await Stage.open(app, sandbox.url);
  try {
    await introduce(stage, sandbox);
    await pushLeads(stage);
    const leads = await followChats(app, stage, sandbox);
    await showChat(stage, leads);
    await pushAgain(stage);
    return await account(stage, sandbox);
  } finally {
    await outro(stage, keep);
    await stage.close(keep);
    await sandbox.close();
  }
}

async function introduce(stage: Stage, sandbox: Sandbox): Promise<void> {
  await stage.say(
    stage.paint(
      'strong',
      'salesq demo: a file of leads goes to Sales_Q, and you know what happened to every row',
    ),
    '',
    `A stand-in of Sales_Q listens on ${sandbox.url}; nobody real is contacted.`,
    `The file leads.csv and the ledger are in ${stage.folder}.`,
  );
}

async function pushLeads(stage: Stage): Promise<void> {
  await stage.heading('1. Look before you send');
  await stage.run(['sales-q', 'import', 'leads.csv', '--dry-run']);
  await stage.heading('2. Send. Each request is written to the ledger before it leaves');
  await stage.run([
    'sales-q',
    'import',
    'leads.csv',
    '--batch-size',
    '8',
    '--rate',
    '4/s',
    '--results',
    'results.csv',
  ]);
  await stage.heading('3. The rows that did not go, and why');
  await stage.run(['runs', 'rows', 'last', '--state', 'held', '--state', 'invalid', '--state', 'duplicate']);
}

async function followChats(app: App, stage: Stage, sandbox: Sandbox): Promise<readonly ShownLead[]> {
  await stage.heading('4. The people answer. An hour passes between two polls');
  const poll = (shown: boolean): Promise<Update> => stage.json(['sales-q', 'update', '-o', 'json'], shown);
  let { leads } = await poll(true);
  await stage.say(`  ${funnelLine(leads)}`);
  for (let quiet = 0, hours = 1; quiet < 6 && hours < 60 && !app.stopping.aborted; hours += 1) {
    sandbox.advance(hour);
    if (hours % 4 !== 0) continue;
    const before = funnelLine(leads);
    ({ leads } = await poll(false));
    const after = funnelLine(leads);
    quiet = after === before ? quiet + 1 : 0;
    if (after !== before) await stage.say(`  ${after}`);
  }
  await stage.say('', ...funnel(leads, stage.paint, app.terminal.unicode));
  return leads;
}

async function showChat(stage: Stage, leads: readonly ShownLead[]): Promise<void> {
  const longest = leads
    .filter(({ status }) => status === 'Done')
    .sort((a, b) => (b.chat?.length ?? 0) - (a.chat?.length ?? 0))[0];
  if (!longest) return;
  await stage.heading('5. One chat');
  const [lead] = (await stage.json<Update>(['sales-q', 'update', '--id', longest.id, '-o', 'json'], true))
    .leads;
  if (lead) await stage.say('', ...chatLines(lead, stage.paint));
}

async function pushAgain(stage: Stage): Promise<void> {
  await stage.heading('6. The same file again');
  await stage.run(['sales-q', 'import', 'leads.csv']);
}

/** Asks the sandbox, not the ledger: it counted who was written to. */
async function account(stage: Stage, sandbox: Sandbox): Promise<ExitCode> {
  const { persons, twice } = sandbox.contacts();
  await stage.heading('7. What the stand-in saw');
  const tone = twice.length === 0 ? 'good' : 'bad';
  await stage.say(
    `  ${persons.length} people were contacted; ${stage.paint(tone, `${twice.length} of them twice`)}.`,
  );
  return twice.length === 0 ? Exit.ok : Exit.bug;
}

async function outro(stage: Stage, keep: boolean): Promise<void> {
  const commands = [...new Set(stage.commands)];
  await stage.heading('Go on alone');
  await stage.say(
    '  salesq sandbox                     # in one terminal: the stand-in, on port 4180',
    '  export SALESQ_PROFILE=sandbox      # in another: then the commands of this demo',
    ...commands.map((command) => `  ${command}`),
    ...(keep ? ['', `  Kept: ${stage.folder}`] : []),
    '',
    '  In this folder "salesq" is "node bin/salesq.js"; the demo\'s file is fixtures/demo/leads.csv.',
  );
}
