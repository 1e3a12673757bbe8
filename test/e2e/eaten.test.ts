import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  namesOf,
  optionsOf,
  type OptionSpec,
  refuseUnusableValues,
  type Takes,
} from '../../src/commands/command-line.js';
import { globalOptions } from '../../src/commands/options.js';
import { commandsOf } from '../../src/commands/index.js';
import { parse } from '../../src/commands/program.js';
import { planOptions, sendOptions } from '../../src/commands/push-flags.js';
import { UserError } from '../../src/core/errors.js';
import { vendors } from '../../src/vendors/index.js';

const commands = commandsOf(vendors);
import { refuseUnusableValues as guardsPushesOnly } from '../commands/wrong/guards-pushes-only.js';
import { refuseUnusableValues as takesWhatWasParsed } from '../commands/wrong/takes-what-was-parsed.js';
import { allCommands, neededArguments, type Leaf } from '../support/command-tree.js';
import { runMain } from '../support/in-process.js';
import { configFor, leadsCsv, tokenEnv } from '../support/leads.js';
import { Desk } from '../support/program.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';

const faults = [
  ['--dry-run', 'usage.eaten-value'],
  ['-q', 'usage.eaten-value'],
  ['', 'usage.empty-value'],
  ['$HOME', 'usage.unexpanded'],
  ['${X}', 'usage.unexpanded'],
] as const;

/** A command line with one fault, and what must be said of it. */
interface Cell {
  readonly argv: readonly string[];
  readonly takes: Takes;
  readonly code: string;
  /** What the message must name. */
  readonly named: string;
}

const globals = optionsOf(globalOptions);
const takesValue = ({ flag }: OptionSpec): boolean => flag.includes('<');
const isFree = ({ flag, freeText }: OptionSpec): boolean => freeText === true && !flag.includes('=');

function cellsOf(leaf: Leaf): Cell[] {
  const takes = {
    options: leaf.options,
    args: leaf.definition.args ?? '',
    nameLength: leaf.path.length,
  };
  const line = [...leaf.path, ...neededArguments(leaf)];
  const cells: Cell[] = [];
  for (const spec of leaf.options.filter(takesValue)) {
    for (const name of namesOf(spec)) {
      for (const [value, code] of faults) {
        if (code === 'usage.unexpanded' && isFree(spec)) continue;
        const put = (...argv: string[]): number => cells.push({ argv, takes, code, named: name });
        put(...line, name, value);
        put(...leaf.path, name, value, ...line.slice(leaf.path.length));
        if (spec.many) put(...line, name, 'field=good', name, value);
        if (globals.includes(spec)) put(name, value, ...line);
        if (code === 'usage.eaten-value') continue;
        if (name.startsWith('--')) put(...line, `${name}=${value}`);
        else if (value !== '') put(...line, `${name}${value}`);
      }
    }
  }
  if (takes.args === '') return cells;
  for (const [value, code] of faults.slice(2)) {
    cells.push({ argv: [...line, value], takes, code, named: 'argument' });
  }
  return cells;
}

const parsed = async (argv: readonly string[]) => parse(commands, argv, '1.0.0');

/** What is wrong with the answer to a command line, in a few words; null where it is refused as it must be. */
async function flawOf({ argv, code, named }: Cell, understand: () => unknown): Promise<string | null> {
  try {
    await understand();
  } catch (error) {
    const right = error instanceof UserError && error.code === code && error.exit === 2;
    if (right && error.message.includes(named)) return null;
    return `${JSON.stringify(argv)}: ${String(error)}`;
  }
  return `${JSON.stringify(argv)}: taken`;
}

async function flaws(cells: readonly Cell[], understand: (cell: Cell) => unknown): Promise<string[]> {
  const found: string[] = [];
  for (const cell of cells) {
    const flaw = await flawOf(cell, () => understand(cell));
    if (flaw !== null) found.push(flaw);
  }
  return found;
}

describe('the value of an option', () => {
  let leaves: Leaf[];
  let cells: Cell[];
  beforeAll(async () => {
    leaves = await allCommands();
    cells = leaves.flatMap(cellsOf);
  });

  it('is refused at every option of every command where it was eaten, is empty or was not expanded', async () => {
    expect(leaves.length).toBeGreaterThan(35);
    expect(cells.length).toBeGreaterThan(3_000);
    expect(await flaws(cells, ({ argv }) => parsed(argv))).toEqual([]);
  });

  it('never belongs to an option that takes it or not, or several, which the table does not know', () => {
    const flags = leaves.flatMap(({ options }) => options.map((option) => option.flag));
    expect(flags.filter((text) => /\.\.\.|\[/.test(text))).toEqual([]);
  });

  it('may start with a dash where it is written with =, or is the dash alone', async () => {
    for (const leaf of leaves) {
      for (const spec of leaf.options.filter(takesValue)) {
        const name = namesOf(spec).at(-1) ?? '';
        for (const given of [[`${name}=--dry-run`], [name, '-']]) {
          const argv = [...leaf.path, ...given, ...neededArguments(leaf)];
          expect((await parsed(argv)).kind, argv.join(' ')).toBe('command');
        }
      }
    }
  });

  it('is refused where an option of one value is given two, and taken where they are the same', async () => {
    for (const leaf of leaves) {
      for (const spec of leaf.options.filter((one) => takesValue(one) && !one.many)) {
        const name = namesOf(spec).at(-1) ?? '';
        const called = (one: string, other: string) =>
          parsed([...leaf.path, `${name}=${one}`, `${name}=${other}`, ...neededArguments(leaf)]);
        await expect(called('12', '13'), `${leaf.path.join(' ')} ${name}`).rejects.toMatchObject({
          code: 'usage.given-twice',
        });
        expect((await called('12', '12')).kind).toBe('command');
      }
    }
  });

  it('may hold a $ where it is free text: message, comment, reason, and the value of --set', async () => {
    const free = leaves.flatMap(({ options }) => options.filter(({ freeText }) => freeText));
    const names = new Set(free.flatMap(namesOf));
    expect([...names].sort()).toEqual(['--comment', '--message', '--reason', '--set']);
    for (const leaf of leaves) {
      for (const spec of leaf.options.filter(({ freeText }) => freeText)) {
        const text = isFree(spec) ? '$NAME' : 'field=${NAME}';
        const argv = [...leaf.path, namesOf(spec)[0] ?? '', text, ...neededArguments(leaf)];
        expect((await parsed(argv)).kind, argv.join(' ')).toBe('command');
      }
    }
    await expect(parsed(['sales-q', 'import', 'x.csv', '--set', '$FIELD=text'])).rejects.toThrow(
      '--set holds',
    );
  });

  it('is free behind --, as an argument is', async () => {
    const result = await parsed(['runs', 'resume', '--', '$HOME']);
    expect(result).toMatchObject({ kind: 'command', invocation: { args: ['$HOME'] } });
    expect(await parsed(['runs', 'resume', '--', ''])).toMatchObject({ invocation: { args: [''] } });
  });

  it('may be a tab, a lone $, an amount of dollars', async () => {
    for (const value of ['\t', '$', '$5', 'a$', '$$']) {
      const argv = ['sales-q', 'import', 'x.csv', '--delimiter', value];
      expect((await parsed(argv)).kind, value).toBe('command');
    }
  });

  it('is not quoted where it may be anything; an option that was eaten is', async () => {
    await expect(parsed(['runs', 'list', '--ledger', '-hunter2'])).rejects.toThrow(/^(?!.*hunter2)/);
    await expect(parsed(['sales-q', 'import', 'x', '--results', '--live=acme'])).rejects.toThrow(
      '--results has no value: --live follows it',
    );
  });

  it('is looked at in a group of short options', async () => {
    await expect(parsed(['runs', 'list', '-qo', '-v'])).rejects.toThrow('-o has no value: -v follows it');
    await expect(parsed(['-qo', 'json', 'runs', 'list'])).resolves.toMatchObject({
      invocation: { options: { quiet: true, output: 'json' } },
    });
  });

  it('catches one that guards pushes only', async () => {
    expect(await flaws(cells, ({ argv, takes }) => refuseUnusableValues(argv, takes))).toEqual([]);
    const missed = await flaws(cells, ({ argv, takes }) => guardsPushesOnly(argv, takes));
    expect(missed.some((flaw) => flaw.includes('"dnc","add"'))).toBe(true);
  });

  it('catches one that looks at what was parsed', () => {
    const takes = { options: optionsOf(globalOptions, planOptions), args: '<file>', nameLength: 2 };
    const line = ['sales-q', 'import', 'x.csv'];
    // It refuses a name that somebody meant, and sees only the last of several values.
    expect(() => takesWhatWasParsed([...line, '--map=-x'], takes)).toThrow('--map');
    expect(() => refuseUnusableValues([...line, '--map=-x'], takes)).not.toThrow();
    const twice = [...line, '--ignore', '--dry-run', '--ignore', 'Notes'];
    expect(() => takesWhatWasParsed(twice, takes)).not.toThrow();
    expect(() => refuseUnusableValues(twice, takes)).toThrow('--ignore has no value');
  });
});

describe('a push that cannot have been meant so', () => {
  let desk: Desk;
  let vendor: VendorServer;
  beforeAll(async () => {
    vendor = await VendorServer.start(({ body }, response) => {
      const { leads } = JSON.parse(body) as { leads: readonly { readonly mappingId: string }[] };
      sendJson(response, {
        imported: true,
        ids: leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` })),
      });
    });
  });
  afterAll(() => vendor.close());
  beforeEach(async () => {
    vendor.received.length = 0;
    desk = await Desk.open();
    await desk.write('.salesqrc', configFor(vendor.url));
    await desk.write('leads.csv', leadsCsv(1));
  });
  afterEach(() => desk.close());

  const push = ['sales-q', 'import', 'leads.csv'];
  const world = (env: Readonly<Record<string, string>> = {}) => ({
    cwd: desk.folder,
    env: desk.env({ ...tokenEnv, ...env }),
  });

  /** Runs in this process and gives the error document. */
  const refused = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { code, stdout } = await runMain([...args, '--output=json'], world(env));
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    return { code, error };
  };

  const nothingHappened = async (): Promise<void> => {
    expect(vendor.received).toHaveLength(0);
    expect((await readdir(desk.folder)).sort()).toEqual(['.salesqrc', 'leads.csv']);
  };

  it('is one that is sent where nothing is wrong with it', async () => {
    const { code } = await runMain([...push, '--results', 'results.csv', '--live=acme'], world());
    expect(code).toBe(0);
    expect(vendor.received).toHaveLength(1);
  });

  const options = optionsOf(planOptions, sendOptions, globalOptions).filter(takesValue);
  const table = options
    .filter(({ flag }) => !flag.includes('--output'))
    .flatMap((spec) => faults.map(([value, code]) => [namesOf(spec)[0] ?? '', value, code] as const));

  it.each(table)('%s %j is %s', async (name, value, wanted) => {
    const { code, error } = await refused([...push, name, value]);
    expect([code, error.code]).toEqual([2, wanted]);
    expect(error.message).toContain(name);
    await nothingHappened();
  });

  it.each(['--results', '--live', '--ledger', '--type', '--subtype'])(
    '%s --dry-run sends nothing, as the program itself',
    async (name) => {
      const command = name.endsWith('type') ? ['comunik8', 'add', 'leads.csv'] : push;
      const { code, document } = await desk.json<{ error: { code: string } }>(
        [...command, name, '--dry-run'],
        {
          env: tokenEnv,
        },
      );
      expect([code, document.error.code]).toEqual([2, 'usage.eaten-value']);
      await nothingHappened();
    },
  );

  describe('by its environment', () => {
    const own = ['PROFILE', 'CONFIG', 'LEDGER', 'OUTPUT', 'NO_INPUT', 'SANDBOX_URL', 'TOKEN'];
    const variables = own
      .map((name) => `SALESQ_${name}`)
      .flatMap((name) => [
        [name, '', 'usage.empty-value'] as const,
        [name, ' \t', 'usage.empty-value'] as const,
        [name, '$NAME', 'usage.unexpanded'] as const,
        [name, '${NAME}', 'usage.unexpanded'] as const,
      ]);

    it.each([
      ...variables,
      ['SALESQ_LEDGER', '$HOME/l.db', 'usage.unexpanded'] as const,
      ['SALESQ_LEDGER', 'l.db', 'usage.bad-value'] as const,
      ['SALESQ_LEDGER', '~/l.db', 'usage.bad-value'] as const,
      ['SALESQ_CONFIG', '/etc/${WHO}.yaml', 'usage.unexpanded'] as const,
      ['SALESQ_PROFILE', 'acme-$WHERE', 'usage.unexpanded'] as const,
    ])('%s=%j is %s', async (name, value, wanted) => {
      const { code, error } = await refused(push, { [name]: value });
      expect([code, error.code]).toEqual([2, wanted]);
      expect(error.message).toContain(name);
      await nothingHappened();
    });

    it('goes with a secret that merely holds a $, and with other variables that are empty', async () => {
      const empty = { NO_COLOR: '', FORCE_COLOR: '', CI: '', XDG_CONFIG_HOME: '', XDG_STATE_HOME: '' };
      const { code } = await runMain(push, world({ ...empty, SALESQ_TOKEN: 'pa$word', OTHER: '$X' }));
      expect(code).toBe(0);
    });

    it('has no home where HOME is empty', async () => {
      const env = { PATH: desk.env()['PATH'] ?? '', HOME: '' };
      const { code, stdout } = await runMain(['runs', 'list', '-o', 'json'], { cwd: desk.folder, env });
      expect([code, stdout]).toEqual([6, expect.stringContaining('config.no-home')]);
    });

    it('still shows help', async () => {
      expect((await runMain(['runs', '--help'], world({ SALESQ_LEDGER: '' }))).code).toBe(0);
    });
  });

  describe('by its configuration', () => {
    const vendorPart = (text: string): string =>
      `profiles:\n  acme:\n    vendors:\n      sales-q:\n        ${text}\n`;
    const other = (text: string): string =>
      vendorPart('token: t').replace('sales-q:', `comunik8: { ${text} }\n      sales-q:`);

    it.each([
      [vendorPart("token: ''"), '5:9', 'token'],
      [vendorPart('token: ${TOK}'), '5:9', 'token'],
      [vendorPart('token: $TOK'), '5:9', 'token'],
      [vendorPart('token: "env:"'), '5:9', 'token'],
      [vendorPart('token: env:$TOK'), '5:9', 'token'],
      [vendorPart('token: file:$HOME/token'), '5:9', 'token'],
      [vendorPart('token: file:${HOME}/token'), '5:9', 'token'],
      [vendorPart('token: keychain:$ITEM'), '5:9', 'token'],
      [vendorPart('token: "cmd:"'), '5:9', 'token'],
      [vendorPart("url: ''"), '5:9', 'url'],
      [vendorPart('url: https://$HOST'), '5:9', 'url'],
      [vendorPart('url: https://a.example/${WHERE}'), '5:9', 'url'],
      [vendorPart('account: acme-$WHERE'), '5:9', 'account'],
      [other("type: ''"), '4:19', 'type'],
      [other('type: "\\t"'), '4:19', 'type'],
      [other('type: $TYPE'), '4:19', 'type'],
      [other('key: $KEY'), '4:19', 'key'],
      ["ledger: ''", '1:1', 'ledger'],
      ['ledger: $HOME/ledger.db', '1:1', 'ledger'],
      ['ledger: postgres://u@${DB}/x', '1:1', 'ledger'],
      ["defaultProfile: ''", '1:1', 'defaultProfile'],
      ['defaultProfile: $WHO', '1:1', 'defaultProfile'],
      ['profiles: { $WHO: {} }', '1:13', 'profile'],
      ["country: ''", '1:1', 'country'],
      ['country: ZZ', '1:1', 'country'],
      ["window: ['']", '1:10', 'window'],
      ["dnc: { maxAge: '' }", '1:8', 'maxAge'],
    ])('%j is refused at %s', async (text, place, key) => {
      await desk.write('.salesqrc', text);
      const { code, error } = await refused(push);
      expect([code, error.code]).toEqual([6, 'config.bad-value']);
      expect(error.message).toContain(`.salesqrc:${place} `);
      expect(error.message).toContain(key);
      await nothingHappened();
    });

    it.each(['token: pa$word-${x', 'token: "cmd:echo $TEST_TOKEN"', "token: 'a${TOK}b'"])(
      '%j is a secret like any other',
      async (text) => {
        await desk.write('.salesqrc', vendorPart(`${text}\n        url: ${vendor.url}`));
        expect((await runMain([...push, '--country=de'], world())).code).toBe(0);
      },
    );

    it('takes no country as a flag that it does not take from the file', async () => {
      const { code, error } = await refused([...push, '--country', 'ZZ']);
      expect([code, error.message]).toEqual([2, expect.stringContaining('--country')]);
    });
  });

  it.each([['--output=json'], ['-ojson'], ['-qojson'], ['-qo', 'json'], ['-o', 'json'], ['--json']])(
    'is told as a document where json is asked for by %s',
    async (...asked) => {
      for (const args of [
        [...asked, ...push, '--bogus'],
        [...push, '--bogus', ...asked],
        [...push, '--results', ...asked],
      ]) {
        const { code, stdout } = await runMain(args, world());
        expect(code).toBe(2);
        expect(JSON.parse(stdout), args.join(' ')).toMatchObject({ schema: 'salesq/error@1' });
      }
    },
  );
});
