import type { Twin, TwinAnswer, TwinFactory, TwinRequest } from '../../../src/core/twin.js';
import { startSandbox, type Sandbox } from '../../../src/rehearsal/host.js';
import { vendors } from '../../../src/vendors/index.js';
import { realClock } from '../../support/sandboxed.js';
import { rungBy, rungWithin } from './people.js';
import type { VendorName } from './files.js';

/** A vendor took a number that it will ring or write to; read from the request itself, not from what the program says. */
export interface Contact {
  readonly vendor: VendorName;
  /** `add` begins something with a person; `edit` and `message` go on with it. */
  readonly kind: 'add' | 'edit' | 'message';
  /** Null for a number that is nobody's of this world. */
  readonly number: string | null;
  /** As it stood in the request. */
  readonly written: string;
  /** False where the vendor said that it has the person already: it was asked once too often, and contacts nobody anew. */
  readonly taken: boolean;
}

type Body = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const jsonOf = (bytes: Uint8Array | string): Body => {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Body;
  } catch {
    return {};
  }
};

const contact = (
  vendor: VendorName,
  kind: Contact['kind'],
  written: string,
  number: string | null,
  taken = true,
): Contact => ({ vendor, kind, written, number, taken });

/** Who a request reaches, once the vendor took it. */
type Reader = (request: TwinRequest, answer: TwinAnswer, leads: Map<string, string>) => Contact[];

const salesQ: Reader = ({ path, body }, answer, leads) => {
  const sent = jsonOf(body);
  if (answer.changed !== true) return [];
  if (path === '/import') {
    for (const { Phone, id } of (jsonOf(answer.body)['ids'] ?? []) as Body[])
      leads.set(textOf(id), textOf(Phone));
    return (sent['leads'] as Body[]).map(({ Phone }) =>
      contact('sales-q', 'add', textOf(Phone), rungBy(textOf(Phone))),
    );
  }
  if (path !== '/remove' || textOf(sent['message']) === '') return [];
  const phone = leads.get(textOf(sent['id'])) ?? '';
  return [contact('sales-q', 'message', phone, rungBy(phone))];
};

const comunik8: Reader = ({ path, body }, answer) => {
  if (path !== '/lead/add' || answer.changed !== true) return [];
  const sent = jsonOf(body);
  const taken = jsonOf(answer.body)['processed'] !== false;
  return ['mobile', 'other_phone'].flatMap((name) => {
    const text = textOf(sent[name]);
    return text === '' ? [] : [contact('comunik8', 'add', text, rungBy(text), taken)];
  });
};

const mmdial: Reader = ({ path, query, body }, answer) => {
  const form = new URLSearchParams(Buffer.from(body).toString('utf8'));
  const taken = answer.changed === true;
  const isKnown = /"doubleterror":\s*"?1/.test(Buffer.from(answer.body).toString('utf8'));
  if (!(taken || isKnown) || !['/addlead', '/editlead'].includes(path)) return [];
  const code = form.get('country_phone_code') ?? query.get('country_phone_code') ?? '49';
  const kind = path === '/addlead' ? 'add' : 'edit';
  return ['phone', 'alt_phone'].flatMap((name) => {
    const text = form.get(`leaddata[${name}]`) ?? '';
    return text === '' ? [] : [contact('mmdial', kind, `${code} ${text}`, rungWithin(code, text), taken)];
  });
};

const readers: Readonly<Record<string, Reader>> = { 'sales-q': salesQ, comunik8, mmdial };

/** The tokens that are good beside the twin's own: a rotated one is as good as the old one. */
const goodTokens = /fresh-(?:token|key)-\d+/g;

/** The vendors of a session, and the list of whom they were told to contact. */
export class Vendors {
  readonly contacts: Contact[] = [];
  /** Called after each request a twin has answered. */
  onRequest: () => void = () => undefined;
  readonly #twins: RecordedTwin[] = [];
  #leads = new Map<string, string>();
  #sandbox: Sandbox | null = null;
  #rehearsal: Sandbox | null = null;

  static async open(): Promise<Vendors> {
    const own = new Vendors();
    const factories = await Promise.all(vendors.map(async (entry) => (await entry.load()).default.twin()));
    const recorded = factories.map((factory): TwinFactory => ({
      ...factory,
      create: ({ seed }) => {
        const twin = new RecordedTwin(
          () => factory.create({ seed }),
          (request, answer) => own.#note(twin.id, request, answer),
        );
        own.#twins.push(twin);
        return twin;
      },
    }));
    own.#sandbox = await startSandbox({ ...sandboxOptions, twins: recorded });
    own.#rehearsal = await startSandbox({ ...sandboxOptions, twins: factories });
    return own;
  }

  get url(): string {
    return this.#sandbox?.url ?? '';
  }

  /** The one the built-in profile reaches: who is contacted there is nobody. */
  get rehearsalUrl(): string {
    return this.#rehearsal?.url ?? '';
  }

  setFaults(faults: readonly string[]): void {
    this.#sandbox?.setFaults(faults);
  }

  /** Ids of leads at Sales_Q, oldest first. */
  get leadIds(): readonly string[] {
    return [...this.#leads.keys()];
  }

  /** Forgets everybody. */
  begin(): void {
    this.contacts.length = 0;
    this.#leads = new Map();
    this.onRequest = () => undefined;
    for (const twin of this.#twins) twin.begin();
    this.setFaults([]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#sandbox?.close(), this.#rehearsal?.close()]);
  }

  #note(vendor: string, request: TwinRequest, answer: TwinAnswer): void {
    this.contacts.push(...(readers[vendor]?.(request, answer, this.#leads) ?? []));
    this.onRequest();
  }
}

const sandboxOptions = {
  host: '127.0.0.1',
  port: 0,
  speed: 60,
  seed: 1,
  stateFile: null,
  clock: { ...realClock, now: Date.now.bind(Date) },
} as const;

/** A twin that can start anew, takes rotated tokens, and tells what it was asked. */
class RecordedTwin implements Twin {
  #twin: Twin;

  constructor(
    private readonly make: () => Twin,
    private readonly told: (request: TwinRequest, answer: TwinAnswer) => void,
  ) {
    this.#twin = make();
  }

  begin(): void {
    this.#twin = this.make();
  }

  get id(): string {
    return this.#twin.id;
  }
  get credentials(): Twin['credentials'] {
    return this.#twin.credentials;
  }
  get secretFields(): Twin['secretFields'] {
    return this.#twin.secretFields;
  }
  get help(): Twin['help'] {
    return this.#twin.help;
  }

  advance(now: number): void {
    this.#twin.advance(now);
  }

  handle(request: TwinRequest): TwinAnswer {
    const answer = this.#twin.handle(this.#withOwnToken(request));
    this.told(request, answer);
    return answer;
  }

  contacts(): ReturnType<Twin['contacts']> {
    return this.#twin.contacts();
  }
  overview(): ReturnType<Twin['overview']> {
    return this.#twin.overview();
  }
  save(): ReturnType<Twin['save']> {
    return this.#twin.save();
  }
  load(state: Parameters<Twin['load']>[0]): void {
    this.#twin.load(state);
  }

  #withOwnToken(request: TwinRequest): TwinRequest {
    const own = this.#twin.credentials['token'] ?? this.#twin.credentials['key'] ?? '';
    const swap = (text: string): string => text.replace(goodTokens, own);
    const headers = Object.entries(request.headers).map(([name, value]) => [name, swap(value)] as const);
    const body = Buffer.from(request.body).toString('latin1');
    return {
      ...request,
      query: new URLSearchParams(swap(request.query.toString())),
      headers: Object.fromEntries(headers),
      body: Buffer.from(swap(body), 'latin1'),
    };
  }
}
