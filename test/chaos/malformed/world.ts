import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/core/json.js';
import { runMain } from '../../support/in-process.js';
import { finished, program } from '../../support/program.js';
import type { Finished } from '../../support/program.js';
import type { Received } from '../../support/vendor-server.js';
import { sendJson, VendorServer } from '../../support/vendor-server.js';
import { spawn } from 'node:child_process';
import type { Case } from './case.js';

/** What one command line did. */
export interface Played extends Finished {
  /** Everything the vendors were asked, of this case alone. */
  readonly received: readonly Received[];
  /** Phone digits, ids and numbers that were sent. */
  readonly sent: readonly string[];
}

/** Yes to everything; a lead that was edited shows it. */
const yes = (request: Received, edits: Map<string, string>): unknown => {
  const path = request.url.replace(/\?.*$/, '');
  const lead = `${path.split('/')[1]} ${new URL(request.url, 'http://x').searchParams.get('leadid')}`;
  if (path.endsWith('/import')) {
    const { leads } = JSON.parse(request.body) as { leads: { Phone: string; mappingId: string }[] };
    return {
      imported: true,
      ids: leads.map(({ Phone, mappingId }) => ({ Phone, mappingId, id: `id${Phone}` })),
    };
  }
  if (path.endsWith('/remove'))
    return { response: true, obj: { id: (JSON.parse(request.body) as { id: string }).id } };
  if (path.endsWith('/update')) return {};
  if (path.endsWith('/lead/cancel')) return { cancelled: true };
  if (path.endsWith('/comment/lead/add')) {
    const { comments } = JSON.parse(request.body) as { comments: unknown[] };
    return {
      meta: [],
      data: {
        comments: comments.map(() => ({ callInfo: null, requestInfo: null, commented: true, error: null })),
      },
    };
  }
  if (path.endsWith('/lead/add')) return { saved: true, processed: true };
  if (path.endsWith('/addlead')) return { lead_stats: { success: 1 } };
  if (path.endsWith('/editlead')) {
    for (const [name, value] of new URLSearchParams(request.body)) edits.set(`${lead} ${name}`, value);
    return { status: 'ok' };
  }
  if (path.endsWith('/dncadd')) return { status: 'ok' };
  if (path.endsWith('/dnccheck')) return { status: 'exists' };
  if (path.endsWith('/getleadbyid')) return leadAs(lead, edits);
  return {};
};

/** A lead as its edits left it. */
function leadAs(lead: string, edits: ReadonlyMap<string, string>): JsonObject {
  const known: Record<string, Record<string, string>> = { leaddata: {}, formfields: {} };
  for (const [key, value] of edits) {
    const [, array = '', name = ''] = /^(\w+)\[(.*)\]$/s.exec(key.slice(lead.length + 1)) ?? [];
    if (key.startsWith(`${lead} `) && known[array]) known[array][name] = value;
  }
  const { leaddata = {}, formfields = {} } = known;
  return {
    status: 'found',
    lead_data: { leadid: 1, phone: '01713920001', notices: '', ...leaddata },
    formdata: formfields,
  };
}

/** Whom a request is about, as the vendor would read it. */
function peopleOf({ url, body }: Received): string[] {
  const at = new URL(url, 'http://x');
  const form = new URLSearchParams(body);
  if (at.pathname.endsWith('/import'))
    return (JSON.parse(body) as { leads: { Phone: string }[] }).leads.map(({ Phone }) => Phone);
  if (/\/lead\/(?:add|cancel)$/.test(at.pathname) && !at.pathname.includes('comment'))
    return [(JSON.parse(body) as { mobile: string }).mobile];
  if (at.pathname.endsWith('/addlead')) return [form.get('leaddata[phone]') ?? ''];
  if (at.pathname.endsWith('/dncadd')) return [at.searchParams.get('number') ?? ''];
  return [];
}

/** In memory where the system has that: nothing here is about what a disk keeps. */
const quickFolder = (): Promise<string> =>
  access('/dev/shm', constants.W_OK).then(
    () => '/dev/shm',
    () => tmpdir(),
  );

/** A folder, a home and vendors that say yes to everything, for as many cases as wanted. */
export class Stage {
  #next = 0;
  private constructor(
    private readonly folder: string,
    private readonly server: VendorServer,
  ) {}

  static async open(): Promise<Stage> {
    const edits = new Map<string, string>();
    const server = await VendorServer.start((request, response) => sendJson(response, yes(request, edits)));
    return new Stage(await mkdtemp(join(await quickFolder(), 'salesq-malformed-')), server);
  }

  async close(): Promise<void> {
    await this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Runs a case in a folder of its own; `how` is `main` in this process unless another is given. */
  async play(one: Case, how: typeof runMain = runMain): Promise<Played> {
    const number = (this.#next += 1);
    const folder = await mkdtemp(join(this.folder, 'case-'));
    const config = join(folder, 'sound.json');
    await writeFile(config, JSON.stringify(configFor(`${this.server.url}/${number}`)), { mode: 0o600 });
    for (const { name, content } of one.files) await writeFile(join(folder, name), content, { mode: 0o600 });
    const own = one.id.startsWith('config');
    const env = {
      PATH: '',
      HOME: folder,
      LANG: 'C.UTF-8',
      TMPDIR: tmpdir(),
      SALESQ_LEDGER: join(folder, 'ledger.db'),
      T: 'a-token-of-nobody',
      ...(own ? {} : { SALESQ_CONFIG: config, SALESQ_PROFILE: 'acme' }),
    };
    // In front: behind a `--` among the arguments of the case they would be rows.
    const args = [...(one.id.endsWith('!') ? [] : ['-o', 'json']), '--no-input', ...one.args];
    try {
      const ended = await how(args, { cwd: folder, env, ...(one.stdin ? { stdin: one.stdin } : {}) });
      const prefix = `/${number}/`;
      const received = this.server.received.filter(({ url }) => url.startsWith(prefix));
      return { ...ended, received, sent: received.flatMap(peopleOf) };
    } finally {
      await rm(folder, { recursive: true, force: true });
      if (number % 200 === 0) this.server.received.length = 0;
    }
  }
}

const configFor = (url: string): JsonObject => ({
  profiles: {
    acme: {
      country: 'DE',
      vendors: {
        'sales-q': { url, token: 'env:T', rate: '10000/s' },
        comunik8: { url, key: 'env:T', type: 'motor-trade', rate: '10000/s' },
        calltouch: { url, token: 'env:T', siteId: 4711, rate: '10000/s' },
        mmdial: { url, username: 'ops', password: 'env:T', campaign: 12, list: 34, rate: '10000/s' },
      },
    },
  },
});

/** The same through the real program, in a process of its own. */
export const spawned: typeof runMain = async (args, { cwd, env, stdin }) => {
  // No system can hand a program an argument with a NUL in it.
  const child = spawn(process.execPath, [program, ...args.map((text) => text.replaceAll('\0', ''))], {
    cwd,
    env,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  return finished(child);
};
