/**
 * What must not happen where an account is spelled, moved, renamed or given another key, and where a clock is wrong: each
 * play does it to the real program and returns what it did wrong. Who was contacted is what the vendor's server received.
 */
import { copyFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { fictitious, leadsCsv } from '../support/leads.js';
import { Desk, finished, type Finished } from '../support/program.js';
import { sendJson, VendorServer, type Answering, type Received } from '../support/vendor-server.js';

interface ImportBody {
  readonly leads?: readonly { readonly Phone: string; readonly mappingId: string }[];
}

const bodyOf = ({ body }: Received): ImportBody => {
  try {
    return JSON.parse(body) as ImportBody;
  } catch {
    return {};
  }
};

const takeAll: Answering = (request, response) => {
  const leads = bodyOf(request).leads ?? [];
  sendJson(response, { imported: true, ids: leads.map((lead) => ({ ...lead, id: `id-${lead.mappingId}` })) });
};

interface Told extends Finished {
  readonly document: Record<string, unknown>;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | null;
}

type Variables = Readonly<Record<string, string>>;

const clockFile = pathToFileURL(path.resolve(import.meta.dirname, '../support/shifted-clock.mjs')).href;
const dayMs = 86_400_000;

/** A folder with a ledger, a vendor who takes everything, and a clock that can be set. */
export class AccountStage {
  readonly faults: string[] = [];

  private constructor(
    readonly desk: Desk,
    readonly vendor: VendorServer,
  ) {}

  static async open(program?: string): Promise<AccountStage> {
    const desk = await Desk.open(program);
    const stage = new AccountStage(desk, await VendorServer.start(takeAll));
    for (const name of ['a', 'b', 'c']) await desk.write(`${name}.csv`, leadsCsv(3, 'abc'.indexOf(name) * 3));
    await stage.setClock(0);
    return stage;
  }

  /** A profile with this in its part of Sales_Q. */
  async profile(more = '', name = 'acme', url = `${this.vendor.url}/sq`, others = ''): Promise<void> {
    const part = `{ url: "${url}", token: "env:TOKEN", rate: 1000/s${more} }`;
    const comunik8 = `{ url: "${this.vendor.url}/c8", key: "env:KEY", type: motor-trade${more} }`;
    const text = `profiles:\n  ${name}:\n    country: DE\n    vendors:\n      sales-q: ${part}\n      comunik8: ${comunik8}\n${others}`;
    await this.desk.write('.salesqrc', text);
  }

  async setClock(days: number): Promise<void> {
    await writeFile(this.desk.path('clock'), String(Math.round(days * dayMs)));
  }

  env(extra: Variables = {}): Variables {
    return {
      TOKEN: 'CANARY-token-0001',
      KEY: 'CANARY-key-00001',
      NODE_OPTIONS: `--import=${clockFile}`,
      SHIFTED_CLOCK: this.desk.path('clock'),
      ...extra,
    };
  }

  async run(args: readonly string[], extra: Variables = {}): Promise<Told> {
    const result = await this.desk.run([...args, '-o', 'json'], { env: this.env(extra) });
    const document = JSON.parse(result.stdout || '{}') as Record<string, unknown>;
    if (result.stderr.includes('CANARY') || result.stdout.includes('CANARY'))
      this.faults.push(`${args.join(' ')}: a secret is shown`);
    return { ...result, document, error: (document['error'] ?? null) as Told['error'] };
  }

  push(name: string, ...flags: string[]): Promise<Told> {
    return this.run(['sales-q', 'import', `${name}.csv`, ...flags]);
  }

  /** The same file once more, planned anew. */
  again(name: string, ...flags: string[]): Promise<Told> {
    return this.push(name, '--set', `again=${this.vendor.received.length}-${flags.length}`, ...flags);
  }

  accounts(...words: string[]): Promise<Told> {
    return this.run(['ledger', 'accounts', ...words]);
  }

  contacted(): string[] {
    return this.vendor.received.flatMap((request) => (bodyOf(request).leads ?? []).map(({ Phone }) => Phone));
  }

  twice(): string[] {
    const all = this.contacted();
    return [...new Set(all.filter((phone, at) => all.indexOf(phone) !== at))];
  }

  /** Notes what is not as it must be. */
  check(what: string, found: unknown, wanted: unknown): void {
    const [is, must] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (is !== must) this.faults.push(`${what}: ${is}, not ${must}`);
  }

  refused(what: string, { code, error }: Told, exit: number, wanted: string): void {
    this.check(what, [code, error?.code ?? null], [exit, wanted]);
  }

  /** Notes a push that did not end so, or after which others were contacted than these many, each once. */
  went(what: string, { code, error }: Told, exit: number, contacts: number): void {
    this.check(
      what,
      [code, error?.code ?? null, this.contacted().length, this.twice()],
      [exit, null, contacts, []],
    );
  }

  async close(): Promise<void> {
    await this.vendor.close();
    await this.desk.close();
  }
}

export interface AccountPlay {
  readonly name: string;
  readonly play: (stage: AccountStage) => Promise<void>;
}

const play = (name: string, act: AccountPlay['play']): AccountPlay => ({ name, play: act });

const stop = (stage: AccountStage): Promise<Told> =>
  stage.run(['comunik8', 'cancel', '--mobile', fictitious(0)]);

const listedOf = ({ document }: Told) =>
  document['accounts'] as readonly { id: string; contacts: number; name: string | null; known: object[] }[];

const accountPlays: readonly AccountPlay[] = [
  play('a name in another spelling', async (stage) => {
    await stage.profile(', account: "Spring  Straße"');
    stage.went('first', await stage.push('a'), 0, 3);
    await stage.profile(', account: " SPRING straße "');
    stage.went('same file', await stage.push('a'), 0, 3);
    stage.went('planned anew', await stage.again('a'), 0, 3);
  }),
  play('another path, port, host name, folder, profile and key at once', async (stage) => {
    await stage.profile();
    stage.went('first', await stage.push('a'), 0, 3);
    const port = new URL(stage.vendor.url).port;
    const spellings = [
      `${stage.vendor.url}/sq/`,
      `${stage.vendor.url}/other/sq`,
      `HTTP://LOCALHOST:${port}/sq`,
    ];
    for (const [at, url] of spellings.entries()) {
      await stage.profile('', `firma${at}`, url);
      const pushed = await stage.run(['sales-q', 'import', 'a.csv', '--set', `n=${at}`], {
        TOKEN: `CANARY-${at}`,
      });
      stage.went(url, pushed, 0, 3);
    }
    stage.check('accounts', listedOf(await stage.accounts()).length, 1);
  }),
  play('another key', async (stage) => {
    await stage.profile();
    stage.went('first', await stage.push('a'), 0, 3);
    const other = await stage.run(['sales-q', 'import', 'b.csv'], { TOKEN: 'CANARY-token-2' });
    stage.went('push', other, 0, 6);
    stage.check('said', other.stderr.includes('contacted before under another key'), true);
    const shown = (await stage.run(['runs', 'show', 'last'])).document;
    stage.check('shown', typeof (shown['otherKey'] as { run: string } | null)?.run, 'string');
    const back = await stage.run(['runs', 'resume', 'last']);
    stage.check('said of a run', back.stderr.includes('contacted before under another key'), true);
    stage.went('the first file', await stage.again('a'), 0, 6);
  }),
  play('another name', async (stage) => {
    await stage.profile(', account: spring');
    stage.went('first use', await stage.push('a'), 0, 3);
    await stage.profile(', account: autumn');
    const dry = await stage.push('a', '--dry-run');
    stage.check('dry run', [dry.code, dry.stderr.includes('A push would be refused')], [0, true]);
    stage.check('a dry run keeps nothing', listedOf(await stage.accounts()).length, 1);
    for (const name of ['a', 'b']) {
      const refused = await stage.push(name);
      stage.refused(name, refused, 10, 'account.unknown');
      const { message = '', hint = '' } = refused.error ?? {};
      stage.check(
        'names both',
        [/"autumn"/, /"spring".*3 contacts.*20\d\d-/].map((one) => one.test(message)),
        [true, true],
      );
      stage.check(
        'says how to go on',
        ['accounts same 2 1', 'accounts separate 2'].map((one) => hint.includes(one)),
        [true, true],
      );
    }
    stage.refused('unanswered', await stage.accounts('same', 'autumn', 'spring'), 2, 'usage.unanswered');
    stage.refused(
      'unknown',
      await stage.accounts('same', 'autumn', 'winter', '--yes'),
      2,
      'account.unknown-name',
    );
    stage.check('still refused', (await stage.push('a')).code, 10);
    const said = await stage.accounts('same', 'Autumn', 'spring', '--yes', '--reason', 'renamed');
    stage.check('same', [said.code, said.document['kept'], said.document['joined']], [0, '1', '2']);
    stage.check('twice', (await stage.accounts('same', '2', '1', '--yes')).document['joined'], null);
    stage.went('the same people', await stage.again('a'), 0, 3);
    stage.went('others', await stage.push('b'), 0, 6);
    await stage.profile(', account: spring');
    stage.went('by the old name', await stage.again('b'), 0, 6);
    stage.check(
      'accounts',
      listedOf(await stage.accounts()).map(({ contacts }) => contacts),
      [6],
    );
  }),
  play('an account of its own', async (stage) => {
    await stage.profile(', account: spring');
    await stage.push('a');
    await stage.profile(', account: autumn');
    stage.refused('push', await stage.push('b'), 10, 'account.unknown');
    stage.refused('unanswered', await stage.accounts('separate', 'autumn'), 2, 'usage.unanswered');
    stage.check('said', (await stage.accounts('separate', 'autumn', '--yes')).code, 0);
    stage.went('push', await stage.push('b'), 0, 6);
    await stage.profile(', account: spring');
    stage.went('the first one is not asked about', await stage.push('c'), 0, 9);
    stage.check('later', (await stage.accounts('same', 'spring', 'autumn', '--yes')).code, 0);
    stage.went('its people', await stage.again('b'), 0, 9);
  }),
  play('another host', async (stage) => {
    await stage.profile();
    await stage.push('a');
    await stage.profile('', 'acme', 'https://dialler.example:8000/sq');
    const refused = await stage.again('a');
    stage.refused('push', refused, 10, 'account.unknown');
    stage.check('names it', refused.error?.message.includes('at dialler.example:8000'), true);
    await stage.profile('', 'acme', 'https://DIALLER.example.:8000/other');
    stage.refused('its spelling', await stage.again('a'), 10, 'account.unknown');
    stage.check('accounts', listedOf(await stage.accounts()).length, 2);
  }),
  play('what stops somebody, and another vendor', async (stage) => {
    await stage.profile(', account: spring');
    await stage.push('a');
    await stage.run(['comunik8', 'add', 'b.csv', '--set', 'email=a@example.com']);
    await stage.profile(', account: autumn');
    stage.refused('push', await stage.push('b'), 10, 'account.unknown');
    const before = stage.vendor.received.length;
    const cancelled = await stop(stage);
    stage.check('cancel', [cancelled.error, stage.vendor.received.length > before], [null, true]);
    stage.check('dnc add', (await stage.run(['dnc', 'add', fictitious(7), '--reason', 'asked'])).code, 0);
    const asked = stage.vendor.received.length;
    await stage.run(['sales-q', 'remove', 'id-1']);
    stage.check('remove', stage.vendor.received.length > asked, true);
    stage.refused('still', await stage.push('b'), 10, 'account.unknown');
  }),
  play('two keys in one configuration, which get names', async (stage) => {
    await stage.profile();
    await stage.push('a');
    const beta = (more = ''): string =>
      `  beta:\n    country: DE\n    vendors: { sales-q: { url: "${stage.vendor.url}", token: "env:OTHER", rate: 1000/s${more} } }\n`;
    const as = (profile: string, file: string) =>
      stage.run(
        [
          'sales-q',
          'import',
          `${file}.csv`,
          '--profile',
          profile,
          '--set',
          `x=${stage.vendor.received.length}`,
        ],
        {
          OTHER: 'CANARY-token-2',
        },
      );
    await stage.profile('', 'acme', stage.vendor.url, beta());
    for (const name of ['acme', 'beta']) stage.refused(name, await as(name, 'b'), 10, 'account.unnamed');
    await stage.profile(', account: acme', 'acme', stage.vendor.url, beta(', account: beta'));
    for (const name of ['beta', 'acme']) stage.refused(name, await as(name, 'a'), 10, 'account.unknown');
    stage.check('beta', (await stage.accounts('separate', 'beta', '--yes')).code, 0);
    stage.check('acme', (await stage.accounts('same', 'acme', '1', '--yes')).code, 0);
    stage.went('the people of acme', await as('acme', 'a'), 0, 3);
    stage.went('the people of beta', await as('beta', 'b'), 0, 6);
  }),
  play('people who wait in one account', async (stage) => {
    await stage.profile(', account: spring');
    const waiting = await stage.push('a', '--limit', '1');
    await stage.profile(', account: autumn');
    stage.refused('push', await stage.push('b'), 10, 'account.unknown');
    await stage.accounts('separate', 'autumn', '--yes');
    await stage.desk.write('late.csv', leadsCsv(2, 1));
    stage.check('the same people', (await stage.push('late')).code, 0);
    stage.check('same', (await stage.accounts('same', 'spring', 'autumn', '--yes')).code, 0);
    const run = String(waiting.document['run']);
    stage.went('resumed', await stage.run(['runs', 'resume', run]), 0, 3);
  }),
  play('an account that is made one while it is sent', async (stage) => {
    await stage.profile(', account: spring');
    await stage.push('a');
    await stage.profile(', account: autumn');
    await stage.push('b');
    await stage.accounts('separate', 'autumn', '--yes');
    const { answer } = stage.vendor;
    stage.vendor.answer = async (...request) => {
      await delay(1_500);
      await answer(...request);
    };
    const child = stage.desk.start(
      ['sales-q', 'import', 'b.csv', '--batch-size', '1', '--concurrency', '1'],
      {
        env: stage.env(),
      },
    );
    const ended = finished(child);
    const before = stage.vendor.received.length;
    while (stage.vendor.received.length === before && child.exitCode === null) await delay(10);
    stage.refused('same', await stage.accounts('same', 'spring', 'autumn', '--yes'), 11, 'run.locked');
    stage.check('push', (await ended).code, 0);
    stage.vendor.answer = answer;
    stage.check('later', (await stage.accounts('same', 'spring', 'autumn', '--yes')).code, 0);
    stage.went('again', await stage.again('b'), 0, 6);
  }),
  play('another name for a ledger that is lost', async (stage) => {
    await stage.profile(', account: spring');
    await stage.push('a');
    await rm(stage.desk.path('ledger.db'));
    await stage.profile(', account: autumn');
    stage.refused('push', await stage.again('a'), 10, 'ledger.other');
    stage.check('contacted', stage.contacted().length, 3);
  }),
  play('an older copy from before two accounts were one', async (stage) => {
    await stage.profile(', account: spring');
    await stage.push('a');
    await stage.profile(', account: autumn');
    await stage.push('b');
    await stage.run(['ledger', 'backup', stage.desk.path('copy.db')]);
    await stage.accounts('same', 'spring', 'autumn', '--yes');
    stage.went('push', await stage.push('b'), 0, 6);
    for (const end of ['', '-wal', '-shm']) await rm(stage.desk.path(`ledger.db${end}`), { force: true });
    await copyFile(stage.desk.path('copy.db'), stage.desk.path('ledger.db'));
    const again = await stage.again('b');
    stage.check('the copy', [again.code === 0, stage.contacted().length], [false, 6]);
  }),
];

const adopt = (stage: AccountStage, ...flags: string[]): Promise<Told> =>
  stage.run(['ledger', 'adopt', '--clock', ...flags]);

const clockPlays: readonly AccountPlay[] = [
  play('a clock that is set back by a year', async (stage) => {
    await stage.profile();
    stage.went('first', await stage.push('a'), 0, 3);
    await stage.setClock(-365);
    const refused = await stage.push('b');
    stage.refused('push', refused, 10, 'clock.behind');
    const { message = '', hint = '' } = refused.error ?? {};
    stage.check('says both times', message.match(/20\d\d-\d\d-\d\dT/g)?.length, 2);
    stage.check('says how to go on', hint.includes('ledger adopt --clock --reason'), true);
    const dry = await stage.push('b', '--dry-run');
    stage.check('dry run', [dry.code, dry.stderr.includes('A push would be refused')], [0, true]);
    stage.check('dnc add', (await stage.run(['dnc', 'add', fictitious(3), '--reason', 'asked'])).code, 0);
    const before = stage.vendor.received.length;
    stage.check('cancel', [(await stop(stage)).error, stage.vendor.received.length > before], [null, true]);
    stage.refused('still', await stage.push('b'), 10, 'clock.behind');
    await stage.setClock(0);
    stage.went('the right time', await stage.push('b'), 3, 5);
  }),
  play('clocks a few minutes apart', async (stage) => {
    await stage.profile();
    stage.went('first', await stage.push('a'), 0, 3);
    await stage.setClock(-4 / 1440);
    stage.went('behind', await stage.push('b'), 0, 6);
    await stage.setClock(-7 / 1440);
    stage.refused('too far behind', await stage.push('c'), 10, 'clock.behind');
  }),
  play('a clock that was ahead, and recontact after 90 days', async (stage) => {
    await stage.profile();
    await stage.setClock(300);
    stage.went('first', await stage.push('a'), 0, 3);
    await stage.setClock(0);
    const again = (): Promise<Told> => stage.again('a', '--recontact', 'after:90d');
    stage.refused('push', await again(), 10, 'clock.behind');
    stage.refused('no reason', await adopt(stage, '--yes'), 2, 'usage.missing-flag');
    stage.refused('unanswered', await adopt(stage, '--reason', 'x'), 2, 'usage.unanswered');
    stage.refused('still', await again(), 10, 'clock.behind');
    const adopted = await adopt(stage, '--yes', '--reason', 'the clock was wrong in spring');
    stage.check('adopted', [adopted.code, adopted.document['reason']], [0, 'the clock was wrong in spring']);
    const { clock } = (await stage.run(['ledger', 'status'])).document as {
      clock: { reason: string } | null;
    };
    stage.check('recorded', clock?.reason, 'the clock was wrong in spring');
    stage.went('the same people', await again(), 0, 3);
    stage.went('others', await stage.push('b'), 0, 6);
    await stage.setClock(200);
    stage.went('the same people later', await again(), 0, 6);
  }),
  play('a clock that is two years ahead', async (stage) => {
    await stage.profile();
    stage.went('first', await stage.push('a'), 0, 3);
    await stage.setClock(730);
    const again = (): Promise<Told> => stage.again('a', '--recontact', 'after:90d');
    stage.refused('push', await again(), 10, 'clock.far-ahead');
    stage.check('dnc add', (await stage.run(['dnc', 'add', fictitious(8), '--reason', 'asked'])).code, 0);
    stage.check('cancel', (await stop(stage)).error, null);
    stage.refused('after a stop', await again(), 10, 'clock.far-ahead');
    await stage.setClock(399);
    stage.went('not so far', await stage.push('b'), 0, 6);
    await stage.setClock(900);
    stage.refused('far again', await stage.push('c'), 10, 'clock.far-ahead');
    await adopt(stage, '--yes', '--reason', 'we paused for two years');
    stage.went('adopted', await stage.push('c'), 3, 8);
  }),
  play('a clock that is set back while rows are sent', async (stage) => {
    await stage.profile();
    const { answer } = stage.vendor;
    stage.vendor.answer = async (...request) => {
      await stage.setClock(-365);
      await delay(2_500);
      await answer(...request);
    };
    const pushed = await stage.push('a', '--batch-size', '1', '--concurrency', '1');
    stage.check('push', [pushed.code, stage.contacted().length < 3], [10, true]);
    stage.vendor.answer = answer;
    await stage.setClock(0);
    stage.went('resumed', await stage.run(['runs', 'resume', 'last']), 0, 3);
  }),
];

export const allPlays: readonly AccountPlay[] = [...accountPlays, ...clockPlays];

/** What a build does wrong in a play; empty where it does nothing wrong. */
export async function playAccount({ play: act }: AccountPlay, program?: string): Promise<string[]> {
  const stage = await AccountStage.open(program);
  try {
    await act(stage);
    return stage.faults;
  } finally {
    await stage.close();
  }
}
