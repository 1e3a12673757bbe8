import type { ExitCode } from '../../core/errors.js';
import { Exit } from '../../core/errors.js';
import type { Sandbox } from '../../server/sandbox.js';
import { startSandbox } from '../../server/sandbox.js';
import type { App } from '../app.js';
import { callRound } from './calls.js';
import type { ShownLead } from './funnel.js';
import { chatLines, funnel, funnelLine } from './funnel.js';
import type { Listener } from './listener.js';
import { startListener } from './listener.js';
import { Stage } from './stage.js';

/** Virtual time between two looks at the chats; those of the demo are over after three days. */
const hour = 3_600_000;

interface Update {
  readonly leads: readonly ShownLead[];
}

/**
 * The whole round, on the real program and an embedded sandbox: dry run, import, polls until the chats are over, the
 * webhook, the diallers, comments, an export and a recording, the same file again, an answer that is lost, and the
 * sandbox's own list of who was contacted. Resolves 1 where a vendor contacted anybody twice.
 */
export async function runDemo(app: App, keep: boolean): Promise<ExitCode> {
  const stage = await Stage.open(app);
  const listener = await startListener(stage);
  const sandbox = await openSandbox(app, listener.url);
  stage.sandboxUrl = sandbox.url;
  try {
    await introduce(stage, sandbox);
    await pushLeads(stage);
    const leads = await followChats(app, stage, sandbox);
    await showChat(stage, leads);
    await showWebhook(stage, sandbox, listener);
    await callRound(stage, leads);
    await pushAgain(stage);
    await loseAnAnswer(stage, sandbox);
    sandbox.advance(24 * hour);
    return await account(stage, sandbox);
  } finally {
    await listener.stop();
    await sandbox.close();
    await outro(stage, keep);
    await stage.close(keep);
  }
}

async function openSandbox(app: App, webhook: string): Promise<Sandbox> {
  const twins = await Promise.all((await app.ports.vendors()).map((vendor) => vendor.twin()));
  return startSandbox({
    twins,
    host: '127.0.0.1',
    port: 0,
    speed: 60,
    seed: 7,
    stateFile: null,
    clock: app.clock,
    webhooks: { 'sales-q': webhook },
  });
}

async function introduce(stage: Stage, sandbox: Sandbox): Promise<void> {
  await stage.say(
    stage.paint('strong', 'salesq demo: leads go to four vendors, and you know what happened to every row'),
    '',
    `Stand-ins of Sales_Q, Comunik8, Calltouch and mmDial listen on ${sandbox.url}; nobody real is contacted.`,
    `The files and the ledger are in ${stage.folder}.`,
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
  await stage.heading('4. The people answer, hours pass');
  const poll = (shown: boolean): Promise<Update> => stage.json(['sales-q', 'update', '-o', 'json'], shown);
  let { leads } = await poll(true);
  await stage.say(`  ${funnelLine(leads)}`);
  for (const hours of [4, 20, 48]) {
    if (app.stopping.aborted) break;
    sandbox.advance(hours * hour);
    ({ leads } = await poll(false));
    await stage.say(`  ${funnelLine(leads)}`);
  }
  await stage.say('', ...funnel(leads, stage.paint, app.terminal.unicode));
  return leads;
}

async function showChat(stage: Stage, leads: readonly ShownLead[]): Promise<void> {
  const done = leads.filter(({ status }) => status === 'Done');
  const longest = done.sort((a, b) => (b.chat?.length ?? 0) - (a.chat?.length ?? 0))[0];
  if (!longest) return;
  await stage.heading('5. One chat');
  const [lead] = (await stage.json<Update>(['sales-q', 'update', '--id', longest.id, '-o', 'json'], true))
    .leads;
  if (lead) await stage.say('', ...chatLines(lead, stage.paint));
}

/** What the vendor posted meanwhile: each delivery was in the ledger before it was acknowledged. */
async function showWebhook(stage: Stage, sandbox: Sandbox, listener: Listener): Promise<void> {
  await stage.heading('6. Meanwhile the vendor posted finished leads to our webhook');
  const posted = await settledCount(sandbox);
  await stage.say(`${stage.paint('info', '$')} ${stage.paint('strong', listener.command)}`);
  const [first] = listener.lines();
  if (first !== undefined) await stage.say(`  ${first.slice(0, 220)}…`);
  await stage.say(
    `  ${posted} finished leads posted by the stand-in, ${listener.lines().length} stored and acknowledged.`,
  );
}

/** Waits until the sandbox has nothing more to post. */
async function settledCount(sandbox: Sandbox): Promise<number> {
  let before = -1;
  for (let turn = 0; turn < 20 && before !== sandbox.posted().length; turn += 1) {
    before = sandbox.posted().length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return sandbox.posted().length;
}

async function pushAgain(stage: Stage): Promise<void> {
  await stage.heading('12. The first file again');
  await stage.run(['sales-q', 'import', 'leads.csv']);
}

/** The vendor takes the leads and the connection breaks before it says so: a script would send again, or lose two leads. */
async function loseAnAnswer(stage: Stage, sandbox: Sandbox): Promise<void> {
  await stage.heading('13. Two late leads, and the connection breaks before the answer comes');
  sandbox.setFaults(['sales-q/import:reset-after@1']);
  await stage.run(['sales-q', 'import', 'late.csv']);
  await stage.heading('14. Nothing is sent again: the vendor is asked what it has');
  await stage.run(['runs', 'reconcile', 'last']);
  sandbox.setFaults([]);
}

/** Asks the sandbox, not the ledger: it counted who was written to and who was called. */
async function account(stage: Stage, sandbox: Sandbox): Promise<ExitCode> {
  const { persons, twice } = sandbox.contacts();
  await stage.heading('15. What the stand-ins saw');
  const tone = twice.length === 0 ? 'good' : 'bad';
  await stage.say(
    `  ${persons.length} people were contacted; ${stage.paint(tone, `${twice.length} of them twice`)} by the same vendor.`,
  );
  return twice.length === 0 ? Exit.ok : Exit.bug;
}

async function outro(stage: Stage, keep: boolean): Promise<void> {
  await stage.heading('Go on alone');
  await stage.say(
    '  salesq sandbox                     # in one terminal: the stand-ins, on port 4180',
    '  export SALESQ_PROFILE=sandbox      # in another: then the commands of this demo',
    ...[...new Set(stage.commands)].map((command) => `  ${command}`),
    ...(keep ? ['', `  Kept: ${stage.folder}`] : []),
    '',
    '  In this folder "salesq" is "node bin/salesq.js"; the demo\'s files are in fixtures/demo.',
  );
}
