/**
 * What must not happen with a ledger that is missing, older or doubled: each play does it to the real program and returns
 * what it did wrong. Who was contacted is what the vendor's server received.
 */
import {
  copyFile,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Seen } from '../../src/core/witness.js';
import { fictitious, leadsCsv } from '../support/leads.js';
import { Desk, finished, type Finished } from '../support/program.js';
import { sendJson, VendorServer, type Answering } from '../support/vendor-server.js';

interface ImportBody {
  readonly leads?: readonly { readonly Phone: string; readonly mappingId: string }[];
}

const takeAll: Answering = ({ body }, response) => {
  const { leads = [] } = (body === '' ? {} : JSON.parse(body)) as ImportBody;
  sendJson(response, { imported: true, ids: leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` })) });
};

/** A folder with a disk of its own for the ledger, and a vendor who takes everything. */
export class WitnessStage {
  readonly faults: string[] = [];

  private constructor(
    readonly desk: Desk,
    readonly vendor: VendorServer,
  ) {}

  static async open(program?: string): Promise<WitnessStage> {
    const desk = await Desk.open(program);
    const vendor = await VendorServer.start(takeAll);
    const stage = new WitnessStage(desk, vendor);
    await desk.write('.salesqrc', stage.config());
    for (const name of ['a', 'b', 'c']) await desk.write(`${name}.csv`, leadsCsv(3, 'abc'.indexOf(name) * 3));
    await desk.write('many.csv', leadsCsv(170, 20));
    await mkdir(desk.path('disk'));
    return stage;
  }

  config(extra = ''): string {
    const vendors = (account: string): string =>
      `    vendors:\n      sales-q: { url: "${this.vendor.url}", token: "env:TOKEN", rate: 1000/s, account: ${account} }\n`;
    return `defaultProfile: acme\nprofiles:\n  acme:\n    country: DE\n${extra}${vendors('main')}  other:\n    country: DE\n${vendors('second')}`;
  }

  get ledger(): string {
    return this.desk.path('disk/ledger.db');
  }

  get witness(): string {
    return this.desk.path('.config/salesq/witness.json');
  }

  env(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { SALESQ_LEDGER: this.ledger, TOKEN: 'CANARY-token-0001', ...extra };
  }

  run(args: readonly string[], extra: Readonly<Record<string, string>> = {}): Promise<Told> {
    return told(this.desk.run([...args, '-o', 'json'], { env: this.env(extra) }));
  }

  push(name: string, ...flags: string[]): Promise<Told> {
    return this.run(['sales-q', 'import', `${name}.csv`, ...flags]);
  }

  /** The numbers of the leads that reached the vendor, one for each time. */
  contacted(): string[] {
    return this.vendor.bodies<ImportBody>().flatMap(({ leads = [] }) => leads.map(({ Phone }) => Phone));
  }

  twice(): string[] {
    const all = this.contacted();
    return [...new Set(all.filter((phone, at) => all.indexOf(phone) !== at))];
  }

  async entries(): Promise<Seen[]> {
    const text = await readFile(this.witness, 'utf8').catch(() => null);
    return text === null ? [] : (JSON.parse(text) as { entries: Seen[] }).entries;
  }

  /** Notes what is not as it must be. */
  check(what: string, found: unknown, wanted: unknown): void {
    const [is, must] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (is !== must) this.faults.push(`${what}: ${is}, not ${must}`);
  }

  /** Notes a command that did not end with that error, and who was contacted by it. */
  refused(what: string, { code, error, stderr }: Told, exit: number, wanted: string): void {
    this.check(what, [code, error?.code ?? null], [exit, wanted]);
    if (
      /--ledger(?! ?ledger\.db| \S*disk)/.test(`${error?.hint ?? ''}${stderr}`) &&
      !what.includes('--ledger')
    )
      this.faults.push(`${what}: another ledger is offered as a way out`);
  }

  async close(): Promise<void> {
    await this.vendor.close();
    await this.desk.close();
  }
}

interface Told extends Finished {
  readonly document: Record<string, unknown>;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

async function told(ended: Promise<Finished>): Promise<Told> {
  const result = await ended;
  const document = JSON.parse(result.stdout || '{}') as Record<string, unknown>;
  return { ...result, document, error: (document['error'] ?? null) as Told['error'] };
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** Starts a push of many, and kills it once that many were contacted and the witness knows of some. */
async function killInTheMiddle(stage: WitnessStage, after: number): Promise<void> {
  const { answer } = stage.vendor;
  stage.vendor.answer = async (...request) => {
    await delay(60);
    await answer(...request);
  };
  const before = stage.contacted().length;
  const noted = async (): Promise<number> =>
    Math.max(0, ...(await stage.entries()).map(({ contacts }) => contacts));
  const child = stage.desk.start(
    ['sales-q', 'import', 'many.csv', '--batch-size', '1', '--concurrency', '1'],
    {
      env: stage.env(),
    },
  );
  const ended = finished(child);
  const known = await noted();
  while (stage.contacted().length < before + after || (await noted()) <= known) {
    if (child.exitCode !== null) {
      stage.faults.push(`a push ended by itself: ${(await ended).stderr}`);
      break;
    }
    await delay(10);
  }
  child.kill('SIGKILL');
  await ended;
  stage.vendor.answer = answer;
}

export interface WitnessPlay {
  readonly name: string;
  readonly play: (stage: WitnessStage) => Promise<void>;
}

const play = (name: string, act: WitnessPlay['play']): WitnessPlay => ({ name, play: act });

const add = (
  stage: WitnessStage,
  index: number,
  extra: Readonly<Record<string, string>> = {},
): Promise<Told> => stage.run(['dnc', 'add', fictitious(index), '--reason', 'asked'], extra);

export const witnessPlays: readonly WitnessPlay[] = [
  play('a ledger that was deleted', async (stage) => {
    stage.check('first use', (await stage.push('a')).code, 0);
    await rm(stage.ledger);
    const again = await stage.push('a');
    stage.refused('push', again, 10, 'ledger.other');
    stage.check('says how many', /\b3 contacts\b/.test(again.error?.message ?? ''), true);
    stage.check('made a ledger', await isThere(stage.ledger), false);
    stage.refused('other file', await stage.push('b'), 10, 'ledger.other');
    const dry = await stage.push('a', '--dry-run');
    stage.check('dry run', [dry.code, dry.stderr.includes('A push would be refused')], [0, true]);
    for (const look of [
      ['dnc', 'check', fictitious(0)],
      ['runs', 'list'],
    ])
      stage.check(look.join(' '), /3 contacts.*disk mounted/.test((await stage.run(look)).stderr), true);
    stage.check('contacted', [stage.contacted().length, stage.twice()], [3, []]);
  }),
  play('a disk that is not mounted', async (stage) => {
    await stage.push('a');
    await rename(stage.desk.path('disk'), stage.desk.path('unmounted'));
    stage.refused('no folder', await stage.push('a'), 10, 'ledger.other');
    await mkdir(stage.desk.path('disk'));
    stage.refused('empty folder', await stage.push('a'), 10, 'ledger.other');
    await rm(stage.desk.path('disk'), { recursive: true });
    await rename(stage.desk.path('unmounted'), stage.desk.path('disk'));
    stage.check('mounted again', (await stage.push('a')).code, 0);
    stage.check('contacted', [stage.contacted().length, stage.twice()], [3, []]);
  }),
  play('a copy from before the second push', async (stage) => {
    await stage.push('a');
    await copyFile(stage.ledger, stage.desk.path('copy.db'));
    await stage.push('b');
    await copyFile(stage.desk.path('copy.db'), stage.ledger);
    const again = await stage.push('b');
    stage.refused('push', again, 10, 'ledger.older');
    stage.check('says how many', /\b3 contacts\b/.test(again.error?.message ?? ''), true);
    stage.refused('resume', await stage.run(['runs', 'resume', 'last']), 10, 'ledger.older');
    stage.refused('work', await stage.run(['runs', 'work', 'last']), 10, 'ledger.older');
    const dry = await stage.push('b', '--dry-run');
    stage.check('dry run', [dry.code, dry.stderr.includes('A push would be refused')], [0, true]);
    stage.check('contacted', [stage.contacted().length, stage.twice()], [6, []]);
  }),
  play('an older copy in another place', async (stage) => {
    await stage.push('a');
    await copyFile(stage.ledger, stage.desk.path('disk/copy.db'));
    await stage.push('b');
    const copy = await stage.push('b', '--ledger', 'disk/copy.db');
    stage.refused('push with --ledger', copy, 10, 'ledger.older');
    stage.check('the newest', (await stage.push('b')).code, 0);
    stage.check('contacted', [stage.contacted().length, stage.twice()], [6, []]);
  }),
  play('a new ledger by its flag', async (stage) => {
    await stage.push('a');
    stage.refused('push with --ledger', await stage.push('a', '--ledger', 'new.db'), 10, 'ledger.other');
    stage.check('made a ledger', await isThere(stage.desk.path('new.db')), false);
    const other = await stage.push('b', '--ledger', 'new.db', '--profile', 'other');
    stage.check('another account', other.code, 0);
    stage.refused(
      'push with --ledger that is there',
      await stage.push('a', '--ledger', 'new.db'),
      10,
      'ledger.other',
    );
    stage.check('contacted', [stage.contacted().length, stage.twice()], [6, []]);
  }),
  play('a hard link', async (stage) => {
    await stage.push('a');
    await link(stage.ledger, stage.desk.path('disk/linked.db'));
    for (const name of ['ledger.db', 'linked.db']) {
      const refused = await stage.push('b', '--ledger', `disk/${name}`);
      stage.refused('push with --ledger', refused, 6, 'ledger.hard-link');
    }
    stage.check('status', (await stage.run(['ledger', 'status'])).document['names'], 2);
    stage.check('backup', (await stage.run(['ledger', 'backup', 'b.db'])).error?.code, 'ledger.hard-link');
    await rm(stage.desk.path('disk/linked.db'));
    stage.check('one name', (await stage.push('a')).code, 0);
    stage.check('contacted', [stage.contacted().length, stage.twice()], [3, []]);
  }),
  play('a name that a killed copy left', async (stage) => {
    await stage.push('a');
    await link(stage.ledger, stage.desk.path('disk/.ledger.db.0123456789ab.tmp'));
    stage.check('push', (await stage.push('a')).code, 0);
    stage.check('left', await isThere(stage.desk.path('disk/.ledger.db.0123456789ab.tmp')), false);
  }),
  play('a second path', async (stage) => {
    await stage.push('a');
    await symlink(stage.desk.path('disk'), stage.desk.path('way'));
    await symlink(stage.ledger, stage.desk.path('short.db'));
    for (const ledger of ['way/ledger.db', 'short.db'])
      stage.check(ledger, (await stage.push('a', '--ledger', ledger)).code, 0);
    stage.check('more', (await stage.push('b', '--ledger', 'short.db')).code, 0);
    stage.check('contacted', [stage.contacted().length, stage.twice()], [6, []]);
  }),
  play('a lost -wal', async (stage) => {
    await stage.push('a');
    await killInTheMiddle(stage, 8);
    for (const end of ['-wal', '-shm']) await rm(stage.ledger + end);
    stage.refused('push', await stage.push('many'), 10, 'ledger.older');
    stage.check('contacted', stage.twice(), []);
  }),
  play('an opt-out that a restored copy lost', async (stage) => {
    await stage.push('a');
    await copyFile(stage.ledger, stage.desk.path('disk/copy.db'));
    stage.check('dnc add', (await add(stage, 3)).code, 0);
    const flag = await stage.push('b', '--ledger', 'disk/copy.db');
    stage.refused('push with --ledger', flag, 10, 'ledger.older');
    await copyFile(stage.desk.path('disk/copy.db'), stage.ledger);
    stage.refused('push', await stage.push('b'), 10, 'ledger.older');
    stage.check('contacted', stage.contacted().includes(fictitious(3)), false);
  }),
  play('opt-outs of a ledger that was deleted before its first push', async (stage) => {
    stage.check('dnc add', (await add(stage, 0)).code, 0);
    await rm(stage.ledger);
    stage.refused('push', await stage.push('a'), 10, 'ledger.other');
    stage.check('contacted', stage.contacted(), []);
  }),
  play('what stops somebody', async (stage) => {
    await stage.push('a');
    await add(stage, 0);
    await copyFile(stage.ledger, stage.desk.path('copy.db'));
    await stage.push('b');
    await add(stage, 6);
    await copyFile(stage.desk.path('copy.db'), stage.ledger);
    const added = await add(stage, 1);
    stage.check('dnc add', [added.code, added.stderr.includes('older copy')], [3, true]);
    for (const index of [10, 11, 12]) await add(stage, index);
    const before = stage.vendor.received.length;
    await stage.run(['sales-q', 'remove', '5b929a13e7c7543ce399ea13', '--yes']);
    stage.check('a removal leaves', stage.vendor.received.length > before, true);
    stage.refused('push', await stage.push('c'), 10, 'ledger.older');
    stage.refused('push of another account', await stage.push('c', '--profile', 'other'), 10, 'ledger.older');
    stage.check('contacted', stage.contacted().includes(fictitious(6)), false);
    await rm(stage.ledger);
    stage.check('dnc add to a new ledger', (await add(stage, 4)).code, 3);
    stage.refused('push', await stage.push('b'), 10, 'ledger.other');
  }),
  play('an opt-out while the ledger is away', async (stage) => {
    await stage.push('a');
    await rename(stage.desk.path('disk'), stage.desk.path('unmounted'));
    await mkdir(stage.desk.path('disk'));
    stage.check('dnc add', (await add(stage, 3)).code, 3);
    await rm(stage.desk.path('disk'), { recursive: true });
    await rename(stage.desk.path('unmounted'), stage.desk.path('disk'));
    stage.check('push', (await stage.push('b')).code, 3);
    stage.check('contacted', stage.contacted().includes(fictitious(3)), false);
  }),
  play('an opt-out in an older copy', async (stage) => {
    await stage.push('a');
    await copyFile(stage.ledger, stage.desk.path('copy.db'));
    await stage.push('b');
    await rename(stage.ledger, stage.desk.path('newest.db'));
    await copyFile(stage.desk.path('copy.db'), stage.ledger);
    stage.check('dnc add', (await add(stage, 6)).code, 3);
    stage.check('dnc check', (await stage.run(['dnc', 'check', fictitious(9)])).code, 3);
    for (const end of ['', '-wal', '-shm']) await rm(stage.ledger + end, { force: true });
    await rename(stage.desk.path('newest.db'), stage.ledger);
    stage.check('push', (await stage.push('c')).code, 3);
    stage.check('contacted', stage.contacted().includes(fictitious(6)), false);
  }),
  play('entries of another machine', async (stage) => {
    await stage.push('a');
    const elsewhere = (await stage.entries()).map((entry) => ({
      ...entry,
      machine: 'elsewhere.example',
      more: 1,
    }));
    await writeFile(stage.witness, JSON.stringify({ schema: 'salesq/witness@1', entries: elsewhere }));
    await rm(stage.ledger);
    stage.check('push', (await stage.push('b')).code, 0);
    const kept = (await stage.entries()).filter(({ machine }) => machine === 'elsewhere.example');
    stage.check('kept', kept, elsewhere);
    stage.check('own', (await stage.entries()).length > elsewhere.length, true);
  }),
  play('kills in the middle', async (stage) => {
    for (const after of [2, 9, 17]) {
      await killInTheMiddle(stage, after);
      const { document } = await stage.run(['ledger', 'status']);
      const holds = document['holds'] as { contacts: number };
      const known = Math.max(0, ...(await stage.entries()).map(({ contacts }) => contacts));
      stage.check('never ahead', known <= holds.contacts, true);
    }
    const rest = await stage.push('many', '--batch-size', '1');
    stage.check('goes on without a flag', [0, 7].includes(rest.code ?? -1), true);
    stage.check('contacted', stage.twice(), []);
  }),
  play('two processes at once', async (stage) => {
    // A stop makes an account known without a contact; then it can be called one of its own.
    for (const [profile, name] of [
      ['acme', 'main'],
      ['other', 'second'],
    ] as const) {
      await stage.run(['sales-q', 'remove', 'id-0', '--profile', profile]);
      const own = await stage.run(['ledger', 'accounts', 'separate', name, '--yes']);
      stage.check('an account of its own', own.code, 0);
    }
    const ends = await Promise.all([
      stage.push('a', '--batch-size', '1'),
      stage.push('b', '--batch-size', '1', '--profile', 'other'),
      ...[30, 31, 32, 33].map((index) => add(stage, index)),
    ]);
    stage.check(
      'all end well',
      ends.map(({ code }) => code),
      [0, 0, 0, 0, 0, 0],
    );
    const entries = await stage.entries();
    const known = entries
      .flatMap(({ account, contacts }) => (account ? [[account.name, contacts]] : []))
      .sort();
    stage.check('both are known', known, [
      ['main', 3],
      ['second', 3],
    ]);
    stage.check('the list', Math.max(...entries.map(({ optOuts }) => optOuts)), 4);
    await rm(stage.ledger);
    stage.refused('main', await stage.push('a'), 10, 'ledger.other');
    stage.refused('second', await stage.push('b', '--profile', 'other'), 10, 'ledger.other');
  }),
  play('two new ledgers at once', async (stage) => {
    const [one, two] = await Promise.all([
      stage.push('a', '--ledger', 'disk/one.db', '--batch-size', '1', '--rate', '2/s'),
      stage.push('a', '--ledger', 'disk/two.db', '--batch-size', '1', '--rate', '2/s'),
    ]);
    stage.check('one of them ends', [one.code, two.code].includes(10), true);
  }),
  play('a configuration folder that cannot be written', async (stage) => {
    await stage.desk.write('no-folder', '');
    const extra = { SALESQ_WITNESS: stage.desk.path('no-folder/witness.json') };
    const pushed = await stage.run(['sales-q', 'import', 'a.csv'], extra);
    stage.check('push', [pushed.code, pushed.stderr.includes('witness')], [0, false]);
    const { document } = await stage.run(['runs', 'show', 'last'], extra);
    const { contacts, contactsOfLedger, problem } = document['witness'] as Record<string, unknown>;
    stage.check('runs show', [contacts, contactsOfLedger, typeof problem], [0, 3, 'string']);
    const text = await stage.desk.run(['runs', 'show', 'last', '-o', 'table'], { env: stage.env(extra) });
    stage.check('in words', text.stderr.includes('knows 0 of 3 contacts'), true);
    stage.check('later', (await stage.push('a')).code, 0);
    const shown = (await stage.run(['runs', 'show', 'last'])).document['witness'];
    stage.check('runs show later', (shown as Record<string, unknown>)['contacts'], 3);
  }),
  play('a damaged witness', async (stage) => {
    await stage.push('a');
    await writeFile(stage.witness, '{"schema":"salesq/witness@1","entr');
    const pushed = await stage.push('b');
    stage.check('push', [pushed.code, pushed.stderr.includes('damaged')], [0, true]);
    stage.check('is kept', await readFile(stage.witness, 'utf8'), '{"schema":"salesq/witness@1","entr');
    await rm(stage.ledger);
    stage.refused('new ledger', await stage.push('a'), 10, 'ledger.unwitnessed');
    const adopted = await stage.run(['ledger', 'adopt', '--yes', '--reason', 'a new beginning']);
    stage.check('adopt', adopted.code, 0);
    stage.check('goes on', (await stage.push('c')).code, 0);
    stage.check('contacted', stage.twice(), []);
  }),
  play('a ledger that is taken into use although it is another', async (stage) => {
    await stage.push('a');
    await rename(stage.ledger, stage.desk.path('away.db'));
    const adopt = (...more: string[]): Promise<Told> => stage.run(['ledger', 'adopt', ...more]);
    stage.check('without a reason', [(await adopt('--yes')).code, await isThere(stage.ledger)], [2, false]);
    stage.check('unanswered', (await adopt('--reason', 'x')).code, 2);
    const done = await adopt('--yes', '--reason', 'the disk is broken');
    stage.check('adopt', [done.code, done.document['was']], [0, 'missing']);
    const { document } = await stage.run(['ledger', 'status']);
    const { reason } = document['adopted'] as { reason: string };
    stage.check('the reason is kept', reason, 'the disk is broken');
    stage.check('goes on', (await stage.push('b')).code, 0);
    stage.check('adopt again', (await adopt('--yes', '--reason', 'x')).error?.code, 'ledger.in-use');
    await copyFile(stage.desk.path('away.db'), stage.ledger);
    stage.refused('the one before', await stage.push('b'), 10, 'ledger.other');
    stage.check('contacted', stage.twice(), []);
  }),
  play('an older copy that is taken into use', async (stage) => {
    await stage.push('a', '--limit', '1');
    await copyFile(stage.ledger, stage.desk.path('copy.db'));
    await stage.push('a');
    await rename(stage.ledger, stage.desk.path('newest.db'));
    await copyFile(stage.desk.path('copy.db'), stage.ledger);
    stage.refused('push', await stage.push('a'), 10, 'ledger.older');
    const done = await stage.run(['ledger', 'adopt', '--yes', '--reason', 'the newest is lost']);
    stage.check('adopt', [done.code, done.document['was'], done.document['inDoubt']], [0, 'unmarked', 2]);
    stage.check('in doubt', (await stage.push('a')).code, 7);
    stage.check('goes on', (await stage.push('b')).code, 0);
    await copyFile(stage.desk.path('newest.db'), stage.ledger);
    stage.refused('the newest of before', await stage.push('b'), 10, 'ledger.other');
    await copyFile(stage.desk.path('copy.db'), stage.ledger);
    stage.refused('the copy again', await stage.push('b'), 10, 'ledger.other');
    stage.check('contacted', [stage.contacted().length, stage.twice()], [6, []]);
  }),
  play('a witness in a place of its own', async (stage) => {
    const { desk } = stage;
    await mkdir(desk.path('other'));
    const named = { SALESQ_WITNESS: desk.path('other') };
    const import_ = ['sales-q', 'import', 'a.csv'];
    stage.check('in a folder', (await stage.run(import_, named)).code, 0);
    stage.check('its mode', (await stat(desk.path('other/witness.json'))).mode & 0o777, 0o600);
    stage.check('in the home', await isThere(stage.witness), false);
    const relative = await stage.run(import_, { SALESQ_WITNESS: 'witness.json' });
    stage.check('relative', [relative.code, relative.error?.code], [2, 'usage.bad-value']);
    await rm(stage.ledger);
    stage.refused('push', await stage.run(import_, named), 10, 'ledger.other');
    const configured = { XDG_CONFIG_HOME: desk.path('config') };
    stage.check('in another home', (await stage.run(['sales-q', 'import', 'b.csv'], configured)).code, 0);
    stage.check('its file', await isThere(desk.path('config/salesq/witness.json')), true);
    stage.check('contacted', [stage.contacted().length, stage.twice()], [6, []]);
  }),
  play('a lock that a killed process left', async (stage) => {
    await stage.push('a');
    const lock = `${stage.witness}.lock`;
    await writeFile(lock, '');
    stage.check('kept by another', (await stage.push('b')).code, 0);
    const known = async (): Promise<number> =>
      Math.max(...(await stage.entries()).map(({ contacts }) => contacts));
    stage.check('not noted', [await known(), await isThere(lock)], [3, true]);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    stage.check('left behind', (await stage.push('c')).code, 0);
    stage.check('noted', [await known(), await isThere(lock)], [9, false]);
  }),
  play('an account that is named later', async (stage) => {
    await stage.desk.write(
      '.salesqrc',
      stage
        .config()
        .replace(', account: main', '')
        .replace(/ {2}other:[^]*/, ''),
    );
    await stage.push('a');
    await rm(stage.ledger);
    await stage.desk.write('.salesqrc', stage.config());
    stage.refused('push', await stage.push('a'), 10, 'ledger.other');
    stage.check('contacted', [stage.contacted().length, stage.twice()], [3, []]);
  }),
];

/** What a build does wrong in a play; empty where it does nothing wrong. */
export async function playWitness({ play: act }: WitnessPlay, program?: string): Promise<string[]> {
  const stage = await WitnessStage.open(program);
  try {
    await act(stage);
    return stage.faults;
  } finally {
    await stage.close();
  }
}
