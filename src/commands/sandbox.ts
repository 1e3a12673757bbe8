import type { ExitCode } from '../core/errors.js';
import { Exit, usageError } from '../core/errors.js';
import type { VendorEntry } from '../core/vendor.js';
import type { InjectedFault } from '../rehearsal/faults.js';
import type { Sandbox } from '../rehearsal/host.js';
import type { App, CommandDefinition } from './app.js';

/** Where the built-in profile looks for a sandbox. */
const profileUrl = 'http://127.0.0.1:4180';

/** `--webhook sales-q=http://127.0.0.1:8787/hook`, any number of them. */
function webhooksOf(value: unknown): Record<string, string> {
  const texts = Array.isArray(value) ? (value as readonly string[]) : [];
  return Object.fromEntries(
    texts.map((text) => {
      const [, vendor, url] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      if (vendor && url) return [vendor, url];
      throw usageError({
        code: 'usage.bad-value',
        message: '--webhook takes <vendor>=<url>',
        hint: 'For example: --webhook sales-q=http://127.0.0.1:8787/hook',
      });
    }),
  );
}

function numberOf(value: unknown, flag: string, otherwise: number, most: number, least = 0): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  const plain = typeof value === 'string' && /^\d{1,10}(?:\.\d{1,6})?$/.test(value);
  if (!plain || !(number >= least && number <= most)) {
    throw usageError({
      code: 'usage.bad-value',
      message: `${flag} takes a number from ${least} to ${most}`,
      hint: 'salesq sandbox --help',
    });
  }
  return number;
}

/** The command, with how to reach each documented answer in its help. */
export async function sandboxDefinition(vendors: readonly VendorEntry[]): Promise<CommandDefinition> {
  const { faultHelp } = await import('../rehearsal/faults.js');
  const twins = await Promise.all(vendors.map(async (entry) => (await entry.load()).default.twin()));
  const help = twins.flatMap((factory) => {
    const twin = factory.create({ seed: 1 });
    const login = Object.entries(twin.credentials).map(([name, value]) => `${name} ${value}`);
    return ['', `${twin.id}: path /${twin.id}, ${login.join(', ')}`, ...twin.help.map((line) => `  ${line}`)];
  });
  return { ...sandbox, more: [...(sandbox.more ?? []), '', ...faultHelp(twins), ...help] };
}

const sandbox: CommandDefinition = {
  options: [
    { flags: '--port <n>', about: 'port on this machine (default 4180; 0 for any free one)' },
    { flags: '--state <file>', about: 'keep the state in this file; it survives the end of the sandbox' },
    { flags: '--speed <n>', about: 'virtual seconds in a real one (default 60)' },
    { flags: '--seed <n>', about: 'decides who answers what (default 1)' },
    {
      flags: '--webhook <vendor=url>',
      about: 'where that vendor posts its results, on this machine (repeatable)',
      many: true,
    },
    {
      flags: '--fault <spec>',
      about: 'let it go wrong, see below (repeatable; the first that fits is taken)',
      many: true,
    },
  ],
  more: [
    'Then, in another terminal: salesq --profile sandbox sales-q import leads.csv',
    'On another port than 4180, tell the profile: export SALESQ_SANDBOX_URL=http://127.0.0.1:<port>',
    'Who was contacted and how often: http://127.0.0.1:4180/',
  ],
  async run(app, { options }) {
    const { startSandbox } = await import('../rehearsal/host.js');
    const twins = await Promise.all((await app.ports.vendors()).map((vendor) => vendor.twin()));
    const server = await startSandbox({
      twins,
      host: '127.0.0.1',
      port: numberOf(options['port'], '--port', 4180, 65_535),
      speed: numberOf(options['speed'], '--speed', 60, 1_000_000, 0.001),
      seed: numberOf(options['seed'], '--seed', 1, 2 ** 32),
      stateFile: typeof options['state'] === 'string' ? options['state'] : null,
      clock: app.clock,
      webhooks: webhooksOf(options['webhook']),
      faults: Array.isArray(options['fault']) ? (options['fault'] as readonly string[]) : [],
      onFault: (fault) => app.terminal.note(faultLine(fault)),
    });
    await announce(app, server);
    return await untilStopped(app, server);
  },
};

/** Holds nothing of what the request said. */
const faultLine = ({ vendor, endpoint, kind, number, fault }: InjectedFault): string =>
  `fault: ${vendor}${endpoint === null ? '' : `/${endpoint}`} ${kind}, request ${number} of ${fault}`;

/** Where it listens, on stdout for programs and in words for people. */
async function announce(app: App, server: Sandbox): Promise<void> {
  const vendors = server.vendors.map(({ id, url }) => ({ id, url }));
  if (app.format === 'json' || app.format === 'ndjson') {
    await app.terminal.write(`${JSON.stringify({ schema: 'salesq/sandbox@1', url: server.url, vendors })}\n`);
  } else await app.terminal.write(`${server.url}\n`);
  for (const vendor of server.vendors) {
    app.terminal.note(`${vendor.id}: ${vendor.url}`);
  }
  if (server.url !== profileUrl)
    app.terminal.note(
      `For the sandbox profile: export SALESQ_PROFILE=sandbox SALESQ_SANDBOX_URL=${server.url}`,
    );
  app.terminal.note('How to reach each answer: salesq sandbox --help. Stop with Ctrl-C.');
}

async function untilStopped(app: App, server: Sandbox): Promise<ExitCode> {
  await new Promise<void>((resolve) => {
    if (app.stopping.aborted) resolve();
    app.stopping.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
  return Exit.ok;
}
