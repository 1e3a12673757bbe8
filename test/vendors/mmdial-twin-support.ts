import type { JsonObject } from '../../src/core/json.js';
import { parseJson } from '../../src/core/json.js';
import type { Sandbox, SandboxOptions } from '../../src/rehearsal/host.js';
import mmdial from '../../src/vendors/mmdial/twin/index.js';
import { sandbox } from '../server/support.js';

export const basic = `Basic ${Buffer.from('sandbox:sandbox-mmdial-password').toString('base64')}`;

/** An answer; `json` is empty where the body is none. */
export interface Answered {
  readonly status: number;
  readonly type: string;
  readonly bytes: Buffer;
  readonly text: string;
  readonly json: JsonObject;
  readonly headers: Headers;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(url, { ...init, headers: { authorization: basic, ...init.headers } });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('utf8');
  const json = (parseJson(text) ?? {}) as JsonObject;
  const { status, headers } = response;
  return { status, type: headers.get('content-type') ?? '', bytes, text, json, headers };
}

/** An API as a client sees it. */
export interface Api {
  readonly box: Sandbox;
  readonly url: string;
  /** Calls a function with arguments in the query and, where there is a form, in the body of a POST. */
  call(name: string, query?: Args, form?: Args): Promise<Answered>;
  /** Adds a lead with all checks on; gives `lead_stats` with numbers as numbers. */
  add(phone: string, changes?: Args): Promise<JsonObject>;
  /** The leads found by number. */
  leads(phone: string): Promise<JsonObject[]>;
  persons(): { person: string; what: string[] }[];
}

type Args = Readonly<Record<string, string | readonly string[]>>;

export const encode = (args: Args): string =>
  new URLSearchParams(
    Object.entries(args).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
    ),
  ).toString();

export const wholeLead = (phone: string): Record<string, string> => ({
  campaign_id: '12',
  list_id: '34',
  country_phone_code: '49',
  invalidcheck: 'yes',
  doubletcheck_global: 'yes',
  doubletcheck_campaign: 'yes',
  'leaddata[phone]': phone,
});

/** Counts and ids that came as text as numbers. */
export const numbers = (stats: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(stats).map(([key, value]) => [
      key,
      typeof value === 'string' && /^(0|[1-9]\d*)$/.test(value) ? Number(value) : value,
    ]),
  );

/** A value as text, whether it came as text or as a number. */
export const plain = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

export async function api(changes: Partial<SandboxOptions> = {}): Promise<Api> {
  const box = await sandbox({ twins: [mmdial], ...changes });
  const url = `${box.url}/mmdial`;
  const call: Api['call'] = (name, query = {}, form) =>
    ask(
      `${url}/${name}?${encode(query)}`,
      form ? { method: 'POST', body: new URLSearchParams(encode(form)) } : {},
    );
  return {
    box,
    url,
    call,
    add: async (phone, other = {}) => {
      const { json } = await call('addlead', {}, { ...wholeLead(phone), ...other });
      return numbers((json['lead_stats'] ?? {}) as JsonObject);
    },
    leads: async (number) =>
      ((await call('getleadbyphonenumber', { number })).json['lead_data'] ?? []) as unknown as JsonObject[],
    persons: () =>
      box
        .contacts()
        .persons.map(({ person, contacts }) => ({ person, what: contacts.map(({ what }) => what) })),
  };
}
