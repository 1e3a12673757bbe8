import type { Clock } from '../core/clock.js';
import { Exit, type ExitCode } from '../core/errors.js';
import type { TwinFactory } from '../core/twin.js';
import { type DemoProgram, DemoShell, type Listener, type Paint, startListener } from './demo-shell.js';
import { type Sandbox, startSandbox } from './host.js';

/** In virtual ms; the chats of the demo are over after three days. */
const hour = 3_600_000;

/** What the demo needs besides the program. */
interface DemoOptions {
  readonly twins: readonly TwinFactory[];
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Folder of the files of the demo, with a slash at its end. */
  readonly fixtures: URL;
  /** True leaves the temporary folder there. */
  readonly keep: boolean;
}

interface Update {
  readonly leads: readonly ShownLead[];
}

/**
 * Plays a whole campaign on the real program and an embedded sandbox: dry run, import, polls until the chats are over, the
 * webhook, the diallers, comments, an export and a recording, the same file again, an answer that is lost, and the
 * sandbox's own list of who was contacted. Resolves 1 where a vendor contacted anybody twice, or a command failed as none should.
 */
export async function runDemo(program: DemoProgram, options: DemoOptions): Promise<ExitCode> {
  const shell = await DemoShell.open(program, options.fixtures);
  const listener = await startListener(shell);
  const sandbox = await openSandbox(options, listener.url);
  shell.sandboxUrl = sandbox.url;
  try {
    await introduce(shell, sandbox);
    await pushLeads(shell);
    const leads = await followChats(options.stopping, program.terminal.unicode, shell, sandbox);
    await showChat(shell, leads);
    await showWebhook(shell, sandbox, listener);
    await useDiallers(shell, leads);
    await pushAgain(shell);
    await loseAnAnswer(shell, sandbox);
    sandbox.advance(24 * hour);
    return await showContacts(shell, sandbox);
  } finally {
    await listener.stop();
    await sandbox.close();
    await showNextSteps(shell, options.keep);
    await shell.close(options.keep);
  }
}

function openSandbox({ twins, clock }: DemoOptions, webhook: string): Promise<Sandbox> {
  return startSandbox({
    twins,
    host: '127.0.0.1',
    port: 0,
    speed: 60,
    seed: 7,
    stateFile: null,
    clock,
    webhooks: { 'sales-q': webhook },
  });
}

async function introduce(shell: DemoShell, sandbox: Sandbox): Promise<void> {
  await shell.say(
    shell.paint('strong', 'salesq demo: leads go to four vendors, and you know what happened to every row'),
    '',
    `Stand-ins of Sales_Q, Comunik8, Calltouch and mmDial listen on ${sandbox.url}; nobody real is contacted.`,
    `The files and the ledger are in ${shell.folder}.`,
  );
}

async function pushLeads(shell: DemoShell): Promise<void> {
  await shell.heading('1. Look before you send');
  await shell.run(['sales-q', 'import', 'leads.csv', '--dry-run']);
  await shell.heading('2. Send. Each request is written to the ledger before it leaves');
  await shell.run([
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
  await shell.heading('3. The rows that did not go, and why');
  await shell.run(['runs', 'rows', 'last', '--state', 'held', '--state', 'invalid', '--state', 'duplicate']);
}

async function followChats(
  stopping: AbortSignal,
  unicode: boolean,
  shell: DemoShell,
  sandbox: Sandbox,
): Promise<readonly ShownLead[]> {
  await shell.heading('4. The people answer, hours pass');
  const poll = (shown: boolean): Promise<Update> => shell.json(['sales-q', 'update', '-o', 'json'], shown);
  let { leads } = await poll(true);
  await shell.say(`  ${formatFunnelLine(leads)}`);
  for (const hours of [4, 20, 48]) {
    if (stopping.aborted) break;
    sandbox.advance(hours * hour);
    ({ leads } = await poll(false));
    await shell.say(`  ${formatFunnelLine(leads)}`);
  }
  await shell.say('', ...formatFunnel(leads, shell.paint, unicode));
  return leads;
}

async function showChat(shell: DemoShell, leads: readonly ShownLead[]): Promise<void> {
  const done = leads.filter(({ status }) => status === 'Done');
  const longest = done.sort((a, b) => (b.chat?.length ?? 0) - (a.chat?.length ?? 0))[0];
  if (!longest) return;
  await shell.heading('5. One chat');
  const [lead] = (await shell.json<Update>(['sales-q', 'update', '--id', longest.id, '-o', 'json'], true))
    .leads;
  if (lead) await shell.say('', ...formatChat(lead, shell.paint));
}

/** What the vendor posted meanwhile: each delivery was in the ledger before it was acknowledged. */
async function showWebhook(shell: DemoShell, sandbox: Sandbox, listener: Listener): Promise<void> {
  await shell.heading('6. Meanwhile the vendor posted finished leads to our webhook');
  const posted = await countPosted(sandbox);
  await shell.say(`${shell.paint('info', '$')} ${shell.paint('strong', listener.command)}`);
  const [first] = listener.lines();
  if (first !== undefined) await shell.say(`  ${first.slice(0, 220)}…`);
  await shell.say(
    `  ${posted} finished leads posted by the stand-in, ${listener.lines().length} stored and acknowledged.`,
  );
}

/** Waits until the sandbox has nothing more to post. */
async function countPosted(sandbox: Sandbox): Promise<number> {
  let before = -1;
  for (let turn = 0; turn < 20 && before !== sandbox.posted().length; turn += 1) {
    before = sandbox.posted().length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return sandbox.posted().length;
}

async function pushAgain(shell: DemoShell): Promise<void> {
  await shell.heading('12. The first file again');
  await shell.run(['sales-q', 'import', 'leads.csv']);
}

/** The vendor takes the leads and the connection breaks before it says so: a script would send again, or lose two leads. */
async function loseAnAnswer(shell: DemoShell, sandbox: Sandbox): Promise<void> {
  await shell.heading('13. Two late leads, and the connection breaks before the answer comes');
  sandbox.setFaults(['sales-q/import:reset-after@1']);
  await shell.run(['sales-q', 'import', 'late.csv']);
  await shell.heading('14. Nothing is sent again: the vendor is asked what it has');
  await shell.run(['runs', 'reconcile', 'last']);
  sandbox.setFaults([]);
}

/** Asks the sandbox, not the ledger: it counted who was written to and who was called. */
async function showContacts(shell: DemoShell, sandbox: Sandbox): Promise<ExitCode> {
  const { persons, twice } = sandbox.contacts();
  await shell.heading('15. What the stand-ins saw');
  const tone = twice.length === 0 ? 'good' : 'bad';
  await shell.say(
    `  ${persons.length} people were contacted; ${shell.paint(tone, `${twice.length} of them twice`)} by the same vendor.`,
  );
  return twice.length === 0 && !shell.hasFailed ? Exit.ok : Exit.bug;
}

async function showNextSteps(shell: DemoShell, keep: boolean): Promise<void> {
  await shell.heading('Go on alone');
  await shell.say(
    '  salesq sandbox                     # in one terminal: the stand-ins, on port 4180',
    '  export SALESQ_PROFILE=sandbox      # in another: then the commands of this demo',
    ...[...new Set(shell.commands)].map((command) => `  ${command}`),
    ...(keep ? ['', `  Kept: ${shell.folder}`] : []),
    '',
    '  In this folder "salesq" is "node bin/salesq.js"; the demo\'s files are in fixtures/demo.',
  );
}

/** The diallers' half of the round: qualified leads are called, one is never called again, calls get comments, data comes back. */
async function useDiallers(shell: DemoShell, leads: readonly ShownLead[]): Promise<void> {
  await shell.heading('7. Who finished the chat goes to the dialler: what one command prints, another takes');
  await shell.pipe(
    ['sales-q', 'update', '--status', 'Done', '--no-chat', '-o', 'ndjson'],
    ['mmdial', 'leads', 'add', '-', '--rate', '20/s'],
  );
  const refuser = leads.find(({ status }) => status === 'Dead');
  if (refuser) {
    await shell.heading('8. Who said no is never called: blocked here first, then at the vendor');
    await shell.run(['mmdial', 'dnc', 'add', refuser.phone, '--rate', '20/s']);
    await shell.run(['dnc', 'check', refuser.phone]);
  }
  await shell.heading('9. Another dialler, called back in ten minutes; one is cancelled in time');
  await shell.run([
    'comunik8',
    'add',
    'callbacks.csv',
    '--country',
    'GB',
    '--delay',
    '600',
    '--rate',
    '20/s',
  ]);
  await shell.run(['comunik8', 'cancel', '--mobile', '07400 000456', '--country', 'GB']);
  await shell.heading('10. Comments on calls: one names a call nobody knows, the others go through');
  await shell.run(['calltouch', 'comment', 'comments.csv']);
  await shell.run(['runs', 'rows', 'last', '--state', 'rejected']);
  await shell.heading('11. An export and the recordings come back');
  await shell.run(['mmdial', 'export', '--campaign', '12', '--out', 'export.csv']);
  await shell.run(['mmdial', 'voices', '--lead', '10003', '--download', 'recordings']);
}

/** A lead as `sales-q update -o json` prints it; the part the demo shows. */
interface ShownLead {
  readonly id: string;
  readonly phone: string;
  readonly status: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly chat?: readonly {
    readonly at: string | null;
    readonly direction: string;
    readonly body: string;
  }[];
}

const order = ['Not contacted', 'Not on WhatsApp', 'Open', 'Engaged', 'Dead', 'Callback', 'Done', 'Archive'];

/** Returns how many leads have which status, as bars; a line for each status that occurs. */
function formatFunnel(leads: readonly ShownLead[], paint: Paint, unicode: boolean): string[] {
  const counts = new Map<string, number>();
  for (const { status } of leads) counts.set(status, (counts.get(status) ?? 0) + 1);
  const names = [
    ...order.filter((name) => counts.has(name)),
    ...[...counts.keys()].filter((name) => !order.includes(name)),
  ];
  const most = Math.max(1, ...counts.values());
  return names.map((name) => {
    const count = counts.get(name) ?? 0;
    const bar = (unicode ? '█' : '#').repeat(Math.max(1, Math.round((count * 40) / most)));
    const tone = name === 'Done' || name === 'Archive' ? 'good' : name === 'Callback' ? 'warn' : 'dim';
    return `  ${name.padEnd(16)} ${String(count).padStart(3)}  ${paint(tone, bar)}`;
  });
}

/** Returns the same in one line, for a poll. */
const formatFunnelLine = (leads: readonly ShownLead[]): string =>
  order
    .map((name) => [name, leads.filter(({ status }) => status === name).length] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(' · ');

/** Returns the lines of a chat as a phone shows it: ours on the left, theirs on the right. */
function formatChat(lead: ShownLead, paint: Paint): string[] {
  return (lead.chat ?? []).flatMap(({ direction, body, at }) => {
    const time = at === null ? '     ' : at.slice(11, 16);
    return body.split('\n').map((line, index) => {
      const when = index === 0 ? time : '     ';
      if (direction === 'outgoing') return `  ${paint('dim', when)}  ${line.trim()}`;
      return `  ${paint('dim', when)}  ${' '.repeat(32)}${paint('good', line.trim())}`;
    });
  });
}
