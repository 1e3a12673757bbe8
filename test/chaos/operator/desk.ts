import { cp, link, mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { VendorName } from './files.js';
import type { Around, Change, LedgerChange, Session, UrlSpelling } from './steps.js';
import type { Vendors } from './vendors.js';

/** The operator's machine: folders, config, variables; one home a machine. */
export class Desk {
  #folder = 0;
  #profile = 'bar';
  #machine: 0 | 1 = 0;
  #rotations = 0;
  readonly #tokens: Record<VendorName, string> = {
    'sales-q': 'fresh-token-0',
    comunik8: 'fresh-key-0',
    mmdial: 'sandbox-mmdial-password',
  };
  readonly #labels: Partial<Record<VendorName, string>> = {};
  readonly #urls: Partial<Record<VendorName, UrlSpelling>> = {};
  /** Ledgers that no command can use, until they are replaced. */
  readonly #broken = new Set<string>();

  private constructor(
    readonly root: string,
    private readonly vendors: Vendors,
    private readonly kind: Session['ledger'],
  ) {}

  static async open(vendors: Vendors, kind: Session['ledger'], under = tmpdir()): Promise<Desk> {
    const desk = new Desk(await mkdtemp(path.join(under, 'salesq-operator-')), vendors, kind);
    for (const name of ['work0/data', 'data', 'elsewhere', 'backup', 'home0', 'home1'])
      await mkdir(path.join(desk.root, name), { recursive: true, mode: 0o700 });
    await mkdir(path.join(desk.work, 'below'));
    await desk.#writeConfig();
    return desk;
  }

  close(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }

  get work(): string {
    return path.join(this.root, `work${this.#folder}`);
  }

  get home(): string {
    return path.join(this.root, `home${this.#machine}`);
  }

  /** The home a command knows of; without one there is no place for a witness. */
  homeOf({ env }: Around): string | null {
    return env?.['HOME'] === '' ? null : this.home;
  }

  /** What the accounts are called now, whatever the case and spacing; empty for one without a name. */
  get labels(): Labels {
    const folded = (vendor: VendorName): string => (this.#labels[vendor] ?? '').trim().toLowerCase();
    return { 'sales-q': folded('sales-q'), comunik8: folded('comunik8'), mmdial: folded('mmdial') };
  }

  get secrets(): readonly string[] {
    return Object.values(this.#tokens);
  }

  folder({ folder }: Around): string {
    if (folder === 'below') return path.join(this.work, 'below');
    if (folder === 'above') return this.root;
    return folder === 'elsewhere' ? path.join(this.root, 'elsewhere') : this.work;
  }

  env({ env = {} }: Around): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      LANG: 'C.UTF-8',
      SALESQ_SANDBOX_URL: this.vendors.rehearsalUrl,
      T: this.#tokens['sales-q'],
      K: this.#tokens.comunik8,
      P: this.#tokens.mmdial,
      ...(this.kind === 'environment' ? { SALESQ_LEDGER: path.join(this.root, 'data', 'ledger.db') } : {}),
      ...env,
    };
  }

  /** Where a command line keeps its ledger: flag, environment, config where it is found, home. */
  ledgerOf(words: readonly string[], { folder }: Around): string {
    const valueOf = (flag: string): string | undefined => {
      const at = words.indexOf(flag);
      return at < 0 ? undefined : words[at + 1];
    };
    const flag = valueOf('--ledger');
    if (flag) return path.resolve(this.folder({ folder } as Around), flag);
    const state = path.join(this.home, '.local', 'state', 'salesq');
    if (valueOf('--profile') === 'sandbox') return path.join(state, 'sandbox.db');
    if (this.kind === 'environment') return path.join(this.root, 'data', 'ledger.db');
    const isFound = folder === undefined || folder === 'below' || valueOf('--config') !== undefined;
    return this.kind === 'config' && isFound ? this.ledger : path.join(state, 'ledger.db');
  }

  /** The ledger of ordinary commands. */
  get ledger(): string {
    if (this.kind === 'environment') return path.join(this.root, 'data', 'ledger.db');
    if (this.kind === 'config') return path.join(this.work, 'data', 'firma.db');
    return path.join(this.home, '.local', 'state', 'salesq', 'ledger.db');
  }

  isBroken(ledger: string): boolean {
    return this.#broken.has(ledger);
  }

  /**
   * Does it, as far as it can be done.
   * @param memory told what became of ledgers, so that the oracle knows what each of them holds
   */
  async change(change: Change, memory: LedgerMoves): Promise<void> {
    switch (change.what) {
      case 'rename profile':
        this.#profile = change.name;
        break;
      case 'move config':
        return this.#move(change.withLedger, memory);
      case 'rotate token':
        this.#rotations += 1;
        this.#tokens[change.vendor] =
          `fresh-${change.vendor === 'comunik8' ? 'key' : 'token'}-${this.#rotations}`;
        return;
      case 'label':
        if (change.text === null) delete this.#labels[change.vendor];
        else this.#labels[change.vendor] = change.text;
        break;
      case 'url':
        this.#urls[change.vendor] = change.spelling;
        break;
      case 'machine':
        this.#machine = change.number;
        return;
      case 'back up':
      case 'restore':
      case 'delete ledger':
      case 'truncate ledger':
      case 'empty the folder':
      case 'lose the -wal':
      case 'link ledger':
        return this.#changeLedger(change.what, memory);
    }
    await this.#writeConfig();
  }

  async #move(withLedger: boolean, memory: LedgerMoves): Promise<void> {
    const [old, ledger] = [this.work, this.ledger];
    this.#folder += 1;
    await mkdir(path.join(this.work, 'below'), { recursive: true });
    if (withLedger) await rename(path.join(old, 'data'), path.join(this.work, 'data'));
    else await mkdir(path.join(this.work, 'data'));
    await rm(path.join(old, '.salesqrc'));
    await this.#writeConfig();
    if (this.kind !== 'config' || !withLedger) return;
    memory.copied(ledger, this.ledger);
    memory.gone(ledger);
    if (this.#broken.delete(ledger)) this.#broken.add(this.ledger);
  }

  async #changeLedger(what: LedgerChange, memory: LedgerMoves): Promise<void> {
    const { ledger } = this;
    const backup = path.join(this.root, 'backup', 'ledger.db');
    const files = ['', '-wal', '-shm'];
    const copy = async (from: string, to: string): Promise<boolean> => {
      if (!memory.has(from)) return false;
      for (const end of files) await rm(`${to}${end}`, { force: true });
      for (const end of files)
        await cp(`${from}${end}`, `${to}${end}`, { force: true }).catch(() => undefined);
      memory.copied(from, to);
      return true;
    };
    const remove = async (): Promise<void> => {
      for (const end of files) await rm(`${ledger}${end}`, { force: true });
      memory.gone(ledger);
      this.#broken.delete(ledger);
    };
    if (what === 'back up' && !this.#broken.has(ledger)) await copy(ledger, backup);
    if (what === 'restore' && (await copy(backup, ledger))) this.#broken.delete(ledger);
    if (what === 'delete ledger') await remove();
    if (what === 'empty the folder') {
      await rm(path.dirname(ledger), { recursive: true, force: true });
      await mkdir(path.dirname(ledger), { recursive: true, mode: 0o700 });
      await remove();
    }
    if (what === 'lose the -wal') await rm(`${ledger}-wal`, { force: true });
    if (!memory.has(ledger)) return;
    if (what === 'truncate ledger') {
      await truncate(ledger, 0);
      this.#broken.add(ledger);
    }
    if (what === 'link ledger') {
      await rm(`${ledger}.second`, { force: true });
      await link(ledger, `${ledger}.second`);
      this.#broken.add(ledger);
    }
  }

  async #writeConfig(): Promise<void> {
    const part = (vendor: VendorName, more: string): string => {
      const label = this.#labels[vendor];
      return [
        `      ${vendor}:`,
        `        url: ${JSON.stringify(this.#urlOf(vendor))}`,
        '        rate: 1000/s',
        ...(label === undefined ? [] : [`        account: ${JSON.stringify(label)}`]),
        ...more.split('\n').map((line) => `        ${line}`),
      ].join('\n');
    };
    const text = [
      'profiles:',
      `  ${this.#profile}:`,
      '    country: DE',
      ...(this.kind === 'config' ? ['    ledger: ./data/firma.db'] : []),
      '    vendors:',
      part('sales-q', 'token: "env:T"'),
      part('comunik8', 'key: "env:K"\ntype: motor-trade'),
      part('mmdial', 'username: sandbox\npassword: "env:P"\ncampaign: 12\nlist: 34'),
      '',
    ].join('\n');
    await writeFile(path.join(this.work, '.salesqrc'), text, { mode: 0o600 });
  }

  #urlOf(vendor: VendorName): string {
    const url = `${this.vendors.url}/${vendor}`;
    switch (this.#urls[vendor] ?? 'plain') {
      case 'plain':
        return url;
      case 'slash':
        return `${url}/`;
      case 'localhost':
        return url.replace('127.0.0.1', 'localhost');
      case 'capitals':
        return url.replace('http://127.0.0.1', 'HTTP://LOCALHOST');
      case 'blank':
        return ` ${url} `;
      case 'newline':
        return `${url}\n`;
    }
  }
}

export type Labels = Readonly<Record<VendorName, string>>;

/**
 * The names that an account has had: the one without a name was called "spring" some day, and "herbst" is another one, with
 * people of its own.
 */
export const namesOf = (label: string): readonly string[] =>
  label === 'herbst' ? ['herbst'] : ['', 'spring'];

/** What the oracle is told of ledgers that are copied and lost. */
export interface LedgerMoves {
  has(ledger: string): boolean;
  copied(from: string, to: string): void;
  gone(ledger: string): void;
}
