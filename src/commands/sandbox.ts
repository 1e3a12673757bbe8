import { aborted } from '../core/clock.js';
import { Exit } from '../core/errors.js';
import { parsed, path, text, flag } from '../core/value.js';
import type { VendorEntry } from '../core/vendor.js';
import type { InjectedFault } from '../rehearsal/faults.js';
import type { Sandbox } from '../rehearsal/host.js';
import { defineCommand, type App, type CommandDefinition } from './command.js';
import { port } from './push-flags.js';
import { packageRoot } from '../package.js';
import { writeJson } from '../core/json.js';

/** Where the built-in profile looks for a sandbox. */
const profileUrl = 'http://127.0.0.1:4180';

/** `sales-q=http://127.0.0.1:8787/hook`. */
const webhook = parsed(
  'webhook',
  '<vendor>=<url>, such as sales-q=http://127.0.0.1:8787/hook',
  (value): readonly [string, string] | null => {
    const [, vendor, url] = /^([^=]+)=(.+)$/.exec(value) ?? [];
    return vendor && url ? [vendor, url] : null;
  },
);

const numberFrom = (least: number, most: number) =>
  parsed('number', `a number from ${least} to ${most}`, (value) => {
    const number = /^\d{1,10}(?:\.\d{1,6})?$/.test(value) ? Number(value) : Number.NaN;
    return number >= least && number <= most ? number : null;
  });

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

const sandbox = defineCommand({
  options: {
    port: {
      flag: '--port <n>',
      about: 'port on this machine (default 4180; 0 for any free one)',
      type: port,
      default: 4180,
    },
    state: {
      flag: '--state <file>',
      about: 'keep the state in this file; it survives the end of the sandbox',
      type: path,
    },
    speed: {
      flag: '--speed <n>',
      about: 'virtual seconds in a real one (default 60)',
      type: numberFrom(0.001, 1_000_000),
      default: 60,
    },
    seed: {
      flag: '--seed <n>',
      about: 'decides who answers what (default 1)',
      type: numberFrom(0, 2 ** 32),
      default: 1,
    },
    webhook: {
      flag: '--webhook <vendor=url>',
      about: 'where that vendor posts its results, on this machine (repeatable)',
      type: webhook,
      many: true,
    },
    fault: {
      flag: '--fault <spec>',
      about: 'let it go wrong, see below (repeatable; the first that fits is taken)',
      type: text(),
      many: true,
    },
  },
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
      port: options.port,
      speed: options.speed,
      seed: options.seed,
      stateFile: options.state ?? null,
      clock: app.clock,
      webhooks: Object.fromEntries(options.webhook),
      faults: options.fault,
      onFault: (fault) => app.terminal.note(faultLine(fault)),
    });
    await announce(app, server);
    await aborted(app.stopping);
    await server.close();
    return Exit.ok;
  },
});

/** Holds nothing of what the request said. */
const faultLine = ({ vendor, endpoint, kind, number, fault }: InjectedFault): string =>
  `fault: ${vendor}${endpoint === null ? '' : `/${endpoint}`} ${kind}, request ${number} of ${fault}`;

/** Where it listens, on stdout for programs and in words for people. */
async function announce(app: App, server: Sandbox): Promise<void> {
  const vendors = server.vendors.map(({ id, url }) => ({ id, url }));
  if (app.format === 'json' || app.format === 'ndjson') {
    await app.terminal.write(`${writeJson({ schema: 'salesq/sandbox@1', url: server.url, vendors })}\n`);
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

export const demo = defineCommand({
  options: {
    keep: {
      flag: '--keep',
      about: 'keep the temporary directory, to go on there',
      type: flag,
      default: false,
    },
  },
  async run(app, { options }) {
    const { runDemo } = await import('../rehearsal/demo.js');
    return runDemo(app, {
      twins: await Promise.all((await app.ports.vendors()).map((vendor) => vendor.twin())),
      clock: app.clock,
      stopping: app.stopping,
      fixtures: new URL('fixtures/demo/', packageRoot),
      keep: options.keep,
    });
  },
});
