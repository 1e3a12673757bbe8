import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Finished } from '../../support/program.js';
import { runMain } from '../../support/in-process.js';
import { Desk, namesOf } from './desk.js';
import { bytesOf, type LeadFile, type VendorName } from './files.js';
import { judge, type Fault, type Told } from './judge.js';
import { Knowledge } from './knowledge.js';
import { e164, people, styles } from './people.js';
import type { Around, Session, Step } from './steps.js';
import type { Contact, Vendors } from './vendors.js';

/** What became of a session. */
export interface Played {
  readonly faults: readonly Fault[];
  readonly commands: number;
  readonly contacts: number;
  readonly exits: readonly number[];
  /** The commands as they were typed, and what came of each. */
  readonly trace: readonly string[];
}

/** A session that is being played. */
class Playing {
  readonly knowledge = new Knowledge();
  readonly faults: Fault[] = [];
  readonly trace: string[] = [];
  readonly exits: number[] = [];
  contacts = 0;
  /** Command lines the program has printed. */
  #printed: readonly string[] = [];
  /** What the program said last. */
  #said = '';
  /** A refusal that was just settled, and must not come again. */
  #settled: Settled | null = null;
  #last: LeadFile | null = null;

  constructor(
    private readonly vendors: Vendors,
    private readonly desk: Desk,
  ) {}

  async step(step: Step): Promise<unknown> {
    switch (step.do) {
      case 'push': {
        await this.#write(step.file.name, bytesOf(step.file), step.around);
        this.#last = step.file;
        this.trace.push(`# ${fileText(step.file)}`);
        return this.#type([...pushWords(step.file), ...step.flags], step.around, { file: step.file });
      }
      case 'edit': {
        const text = `leadid,${step.column}\n${step.lead},${styles[step.style](step.line)}\n`;
        await this.#write('edit.csv', Buffer.from(text), step.around);
        return this.#type(['mmdial', 'leads', 'edit', 'edit.csv'], step.around, {});
      }
      case 'opt out':
        return this.#optOut(step);
      case 'opt in': {
        const words = [
          'dnc',
          'remove',
          styles[step.style](step.line),
          '--yes',
          '--reason',
          'asked to be called',
        ];
        return this.#type(words, step.around, { optIn: e164(step.line) });
      }
      case 'type':
        return this.#type(step.words, step.around, this.#last ? { pushed: this.#last } : {});
      case 'farewell': {
        const id = this.vendors.leadIds[step.lead];
        if (id === undefined) return;
        return this.#type(
          ['sales-q', 'remove', id, '--message', 'Danke und auf Wiedersehen'],
          step.around,
          {},
        );
      }
      case 'settle':
        return this.#settle(step.around);
      case 'paste': {
        const lines = this.#printed.filter((line) => !/[<>]/.test(line));
        const line = lines[step.pick % Math.max(1, lines.length)];
        if (line === undefined) return;
        return this.#paste(wordsOf(line).slice(1), step.around);
      }
      case 'faults':
        this.trace.push(`# the vendors: ${step.faults.join(' ') || 'all is well'}`);
        return this.vendors.setFaults(step.faults);
      case 'change':
        this.trace.push(`# ${Object.values(step.change).map(String).join(' ')}`);
        this.#settled = null;
        return this.desk.change(step.change, this.knowledge);
    }
  }

  /** Without thinking: whatever it asks is answered with yes. */
  async #paste(words: readonly string[], around: Around): Promise<unknown> {
    const asks = words[0] === 'ledger' && (words[1] === 'accounts' || words.includes('--clock'));
    const parts = words[2] === 'separate' ? vendorIn(this.#said) : undefined;
    const meant = { ...(this.#last && { pushed: this.#last }), ...(parts && { parts }) };
    return this.#type(asks ? [...words, '--yes'] : words, around, meant);
  }

  /** Reads the hint, looks, and says the truth; a clock is mostly set right first. */
  async #settle(around: Around): Promise<void> {
    if (/clock\.|The clock says /.test(this.#said)) return this.#settleClock(around);
    const vendor = vendorIn(this.#said);
    const hint = this.#printed.map(wordsOf).find((words) => words[3] === 'separate');
    const own = hint?.[4];
    if (vendor === undefined || own === undefined || own.startsWith('<')) return;
    const place = (hint ?? []).slice(5);
    const { stdout } = await this.#type(['ledger', 'accounts', '-o', 'json', ...place], {}, {});
    const why = ['--reason', 'looked it up', '--yes', ...place];
    const other = accountsIn(stdout).find(
      (one) =>
        one.id !== own &&
        one.vendor === vendor &&
        one.contacts > 0 &&
        one.known.some(({ name }) => namesOf(this.desk.labels[vendor]).includes(name ?? '')),
    );
    const words = other ? ['same', own, other.id] : ['separate', own];
    const { code } = await this.#type(['ledger', 'accounts', ...words, ...why], {}, {});
    if (code === 0 && !other) this.#settled = { says: /Nobody was contacted yet as /, vendor };
  }

  async #settleClock(around: Around): Promise<void> {
    const words = ['ledger', 'adopt', '--clock', '--reason', 'the clock is right', '--yes'];
    const { code } = await this.#type(words, around, {});
    if (code === 0) this.#settled = { says: /The clock says /, clock: around.clock ?? 0 };
  }

  async #optOut({ lines, by, noise, flags, around }: Extract<Step, { do: 'opt out' }>): Promise<void> {
    const numbers = lines.map(([line, style]) => styles[style](line));
    const given = lines.map(([line]) => e164(line));
    const words = ['dnc', 'add', '--reason', 'asked for it', ...flags];
    if (by === 'arguments') {
      await this.#type([...words, ...numbers], around, { optOuts: given });
      return;
    }
    const rows =
      by === 'list'
        ? [...noise, ...numbers]
        : [
            'Name;Telefon;Mobil',
            ...numbers.map((number, at) =>
              at % 2 === 0 ? `Frau ${at};${number};` : `Herr ${at};;${number}`,
            ),
            ...noise.map((text) => `${text};;`),
          ];
    await this.#write('stop.csv', Buffer.from(`${rows.join('\n')}\n`), around);
    await this.#type([...words, '--from', 'stop.csv'], around, { optOuts: given });
  }

  async #write(name: string, bytes: Buffer, around: Around): Promise<void> {
    const folder = this.desk.folder(around);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, name), bytes);
  }

  async #type(words: readonly string[], around: Around, meant: Told['meant']): Promise<Finished> {
    const { vendors, desk, knowledge } = this;
    const where = {
      ledger: desk.ledgerOf(words, around),
      home: desk.homeOf(around),
      clock: around.clock ?? 0,
      labels: desk.labels,
    };
    const isBroken = desk.isBroken(where.ledger);
    vendors.contacts.length = 0;
    const finished = await this.#run(words, around);
    const contacts: readonly Contact[] = [...vendors.contacts];
    this.trace.push(
      `${shown(words, around)}   # ${String(finished.code)}${contacts.length > 0 ? `, reached ${contacts.map(({ written }) => written).join(' ')}` : ''}`,
    );
    this.exits.push(finished.code ?? -1);
    this.contacts += contacts.length;
    const { secrets } = desk;
    const told: Told = { words, around, finished, contacts, where, meant, isBroken, secrets };
    const faults = [...judge(told, knowledge), ...this.#askedAgain(told)];
    this.faults.push(...faults.map((fault) => ({ ...fault, step: this.trace.length })));
    this.#printed = printedBy(finished);
    this.#said = `${finished.stderr}\n${finished.stdout}`;
    return finished;
  }

  /** A refusal that comes again although it was just settled leaves no way out. */
  #askedAgain({ words, meant, where, finished: { code, stderr, stdout } }: Told): Fault[] {
    if (code === 0 && words[1] === 'adopt' && !words.includes('--clock'))
      this.#settled = { says: lessThanBefore, ledger: where.ledger };
    const settled = this.#settled;
    if (!settled || !meant.file) return [];
    if (settled.ledger !== undefined && where.ledger !== settled.ledger) return [];
    if (settled.vendor !== undefined && meant.file.vendor !== settled.vendor) return [];
    if (settled.clock !== undefined && where.clock !== settled.clock) return [];
    this.#settled = null;
    return code === 10 && settled.says.test(`${stderr}${stdout}`)
      ? [{ kind: 'no way out', what: `refused again although it was settled: ${stderr.slice(0, 300)}` }]
      : [];
  }

  async #run(words: readonly string[], around: Around): Promise<Finished> {
    let requests = 0;
    const { interrupt, clock = 0 } = around;
    const now = Date.now;
    if (clock !== 0) Date.now = () => now() + clock * 86_400_000;
    const running = runMain(words, {
      cwd: this.desk.folder(around),
      env: this.desk.env(around),
      started: (proc) => {
        this.vendors.onRequest = () => {
          requests += 1;
          if (requests !== interrupt?.after) return;
          proc.emit('SIGINT');
          if (interrupt.twice) proc.emit('SIGINT');
        };
      },
    });
    try {
      return await patiently(running);
    } finally {
      Date.now = now;
      this.vendors.onRequest = () => undefined;
    }
  }
}

const lessThanBefore =
  /knows less than on|is not the one that was used until|whether another one was used before/;

/** What was settled: what its refusal says, and for whom. */
interface Settled {
  readonly says: RegExp;
  readonly ledger?: string;
  readonly vendor?: VendorName;
  readonly clock?: number;
}

/** The vendor of an account that is not known. */
const vendorIn = (said: string): VendorName | undefined =>
  /Nobody was contacted yet as (sales-q|comunik8|mmdial)\b/.exec(said)?.[1] as VendorName | undefined;

interface ListedAccount {
  readonly id: string;
  readonly vendor: string;
  readonly contacts: number;
  readonly known: readonly { readonly name: string | null }[];
}

const accountsIn = (stdout: string): readonly ListedAccount[] =>
  stdout.startsWith('{') ? ((JSON.parse(stdout) as { accounts?: ListedAccount[] }).accounts ?? []) : [];

const patienceMs = 30_000;

async function patiently(running: Promise<Finished>): Promise<Finished> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the command does not end')), patienceMs);
  });
  try {
    return await Promise.race([running, late]).catch((error: unknown) => ({
      code: 1,
      signal: null,
      stdout: '',
      stderr: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }));
  } finally {
    clearTimeout(timer);
  }
}

const pushWords = ({ vendor, name }: LeadFile): string[] => {
  if (vendor === 'sales-q') return ['sales-q', 'import', name];
  return vendor === 'comunik8' ? ['comunik8', 'add', name] : ['mmdial', 'leads', 'add', name];
};

/** Command lines in what the program said: after `next:`, between backticks, and in JSON. */
function printedBy({ stdout, stderr }: Finished): string[] {
  const all = `${stdout}\n${stderr}`;
  const backticked = [...all.matchAll(/`(salesq [^`\n]+)`/g)].map((match) => match[1] ?? '');
  const next = [...all.matchAll(/^next: (salesq .+)$/gm)].map((match) => match[1] ?? '');
  const json = [...stdout.matchAll(/"next":\[([^\]]*)\]/g)].flatMap(
    (match) => JSON.parse(`[${match[1] ?? ''}]`) as string[],
  );
  return [...new Set([...next, ...json, ...backticked.map((line) => line.replaceAll('\\"', '"'))])];
}

/** The words of a line, as a shell parts them. */
export function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /'([^']*)'|"([^"]*)"|\\(.)/g,
      (_all, one?: string, two?: string, three?: string) => one ?? two ?? three ?? '',
    ),
  );
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

function shown(words: readonly string[], { folder, env = {}, clock, interrupt }: Around): string {
  const before = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)} `);
  const notes = [
    ...(folder === undefined ? [] : [`in the folder ${folder}`]),
    ...(clock === undefined ? [] : [`clock ${clock} days wrong`]),
    ...(interrupt === undefined
      ? []
      : [`Ctrl-C${interrupt.twice ? ' twice' : ''} after ${interrupt.after} requests`]),
  ];
  return `${before.join('')}salesq ${words.map(quoted).join(' ')}${notes.length > 0 ? `   # ${notes.join(', ')}` : ''}`;
}

/** Plays a session; ends at its first fault. */
export async function play(vendors: Vendors, session: Session, under?: string): Promise<Played> {
  vendors.begin();
  const desk = await Desk.open(vendors, session.ledger, under);
  const playing = new Playing(vendors, desk);
  try {
    for (const step of session.steps) {
      await playing.step(step);
      if (playing.faults.length > 0) break;
    }
    const { faults, trace, exits, contacts } = playing;
    return { faults, trace, exits, contacts, commands: exits.length };
  } finally {
    await desk.close();
  }
}

/** What a file holds, for somebody who wants to make it by hand. */
export const fileText = (file: LeadFile): string =>
  `${file.name}: ${file.rows.map(({ who, style, second, swapped, refuses }) => `${people[who]?.name ?? ''} ${style}${second ? `+${second}` : ''}${swapped ? ' swapped' : ''}${refuses ? ' refuses' : ''}`).join(', ')}`;
