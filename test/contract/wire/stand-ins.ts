import { createHash } from 'node:crypto';
import type { Answerer, Recorded } from './recorder.js';

/** Answers of the vendors, as short as a push needs them to be content. Written from the vendors' documents. */

const json = (body: Buffer): Record<string, unknown> =>
  JSON.parse(body.toString('utf8')) as Record<string, unknown>;

/** How often a request of the path came, this one included. */
class Counter {
  readonly #counts = new Map<string, number>();
  next(path: string): number {
    const count = (this.#counts.get(path) ?? 0) + 1;
    this.#counts.set(path, count);
    return count;
  }
}

interface SalesQLead {
  readonly Phone: string;
  readonly mappingId?: string;
}

/** Sales_Q: imports everybody, shows in `update` who was imported and who was there before. */
export function salesQ(
  lost: { readonly imports?: readonly number[]; readonly removes?: readonly number[] } = {},
  more: Readonly<Record<string, unknown>> = {},
): Answerer {
  const leads: Record<string, unknown> = {
    '5b929a13e7c7543ce399ea13': {
      Phone: '491713920090',
      Nachname: 'Groß',
      Status: 'Open',
      state: 2,
      id: '5b929a13e7c7543ce399ea13',
    },
    '5b929a13e7c7543ce399ea14': {
      Phone: '491713920091',
      Nachname: 'Müller',
      Status: 'Done',
      state: 5,
      id: '5b929a13e7c7543ce399ea14',
    },
    ...more,
  };
  const calls = new Counter();
  return ({ target, body }) => {
    const call = calls.next(target);
    if (target === '/update') return { body: leads };
    if (target === '/remove') {
      if (lost.removes?.includes(call)) return null;
      const { id } = json(body);
      return { body: { response: true, log: 'Object deleted', obj: { id } } };
    }
    const ids = (json(body)['leads'] as SalesQLead[]).map(({ Phone, mappingId }) => {
      const id = `lead-${Phone}`;
      leads[id] = { Phone, mappingId, Status: 'Open', state: 1, id };
      return { Phone, id, mappingId };
    });
    return lost.imports?.includes(call) ? null : { body: { imported: true, log: 'imported the leads', ids } };
  };
}

/** Comunik8: takes every lead, knows a test, cancels everything. */
export const comunik8 =
  (): Answerer =>
  ({ target, body }) => {
    if (target.startsWith('/lead/cancel')) return { body: { cancelled: true } };
    return { body: json(body)['test'] === true ? { test: 'ok' } : { saved: true, processed: true } };
  };

/** Calltouch: finds a lead for every comment. */
export const calltouch =
  (): Answerer =>
  ({ body }) => {
    const comments = (json(body)['comments'] as unknown[]).map(() => ({
      callInfo: null,
      requestInfo: null,
      commented: true,
      error: null,
    }));
    return { body: { meta: [], data: { comments } } };
  };

type Fields = Record<string, string>;

/** Parts of a PHP array of a form body: `leaddata[phone]` under `phone`. */
function phpArray(body: Buffer, name: string): Fields {
  const pairs = [...new URLSearchParams(body.toString('utf8'))];
  return Object.fromEntries(
    pairs.flatMap(([key, value]) =>
      key.startsWith(`${name}[`) ? [[key.slice(name.length + 1, -1), value]] : [],
    ),
  );
}

export interface DiallerOptions {
  /** Functions whose answers are lost, the first so many times. */
  readonly lost?: Readonly<Record<string, number>>;
  /** Functions that do nothing and do not answer, the first so many times. */
  readonly dropped?: Readonly<Record<string, number>>;
  /** Digest is asked for, and checked, with this login. */
  readonly digest?: { readonly username: string; readonly password: string };
  /** Leads it has besides its own. */
  readonly leads?: readonly Fields[];
  /** What the form of each of these leads shows. */
  readonly form?: Fields;
}

/** The sample challenge of RFC 7616, with MD5. */
const challenge = [
  'Digest realm="mmdial"',
  'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c0"',
  'qop="auth"',
  'algorithm=MD5',
  'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
].join(', ');

/** Whether an Authorization header answers the challenge (RFC 7616, 3.4.1). */
function isRightDigest({ method, target, headers }: Recorded, login: DiallerOptions['digest']): boolean {
  const header = headers.authorization ?? '';
  const part = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(header)?.[1] ?? '';
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const own = md5(`${login?.username}:mmdial:${login?.password}`);
  const asked = md5(`${method}:${target}`);
  const middle = [part('nonce'), part('nc'), part('cnonce'), 'auth'].join(':');
  return header.startsWith('Digest ') && part('response') === md5(`${own}:${middle}:${asked}`);
}

/** mmDial, as far as its document goes: a do-not-call list, leads that were added, one that was there. */
export function mmDial(options: DiallerOptions = {}): Answerer {
  const listed = new Set<string>(['01713920098']);
  const leads = new Map<string, { lead: Fields; form: Fields }>([
    [
      '7',
      {
        lead: {
          leadid: '7',
          country_phone_code: '49',
          phone: '01713920010',
          notices: 'alt',
          status: 'NEW',
          rotation: '1',
          last_name: 'Groß',
          alt_phone: '',
        },
        form: { Tarif: 'Basis' },
      },
    ],
    [
      '8',
      {
        lead: {
          leadid: '8',
          country_phone_code: '49',
          phone: '01713920011',
          notices: '',
          status: 'SALE',
          rotation: '2',
          last_name: 'Weiß',
          alt_phone: '',
        },
        form: { Tarif: '' },
      },
    ],
    [
      '9',
      {
        lead: {
          leadid: '9',
          country_phone_code: '49',
          phone: '01713920012',
          notices: '',
          status: 'NEW',
          rotation: '3',
          last_name: 'Jäger',
          alt_phone: '',
        },
        form: {},
      },
    ],
    ...(options.leads ?? []).map(
      (lead) => [lead['leadid'] ?? '', { lead: { ...lead }, form: { ...options.form } }] as const,
    ),
  ]);
  const calls = new Counter();
  const shown = (found: { lead: Fields; form: Fields }[]): unknown =>
    found.length === 0
      ? { status: 'notfound' }
      : {
          status: 'found',
          lead_data: found.map(({ lead }) => lead),
          formdata: found.map(({ form }) => form),
        };
  const answer = ({ target, body }: Recorded, own: string): unknown => {
    const { pathname, searchParams: query } = new URL(target, own);
    const number = query.get('number') ?? '';
    switch (pathname.replace('/api/', '')) {
      case 'dncadd':
        listed.add(number);
        return { status: 'ok', message: '' };
      case 'dncdel':
        listed.delete(number);
        return { status: 'ok', message: '' };
      case 'dnccheck':
        if (query.get('fuzzy') === 'yes')
          return { results: [...listed].filter((one) => one.includes(number)) };
        return { status: listed.has(number) ? 'exists' : 'notfound' };
      case 'addlead': {
        const lead = { leadid: String(100 + leads.size), ...phpArray(body, 'leaddata') } as Fields;
        leads.set(lead['leadid'] ?? '', { lead, form: phpArray(body, 'formfields') });
        return { lead_stats: { success: 1, formaterror_types: [] } };
      }
      case 'editlead': {
        const record = leads.get(query.get('leadid') ?? '');
        if (record) {
          Object.assign(record.lead, phpArray(body, 'leaddata'));
          Object.assign(record.form, phpArray(body, 'formfields'));
        }
        return { status: 'ok' };
      }
      case 'getleadbyid':
        return shown([...leads.values()].filter(({ lead }) => lead['leadid'] === query.get('leadid')));
      case 'getleadbyphonenumber':
        return shown([...leads.values()].filter(({ lead }) => lead['phone'] === number));
      case 'getleadbypexternalid':
        return shown(
          [...leads.values()].filter(({ lead }) => lead['leadid_external'] === query.get('leadid')),
        );
      case 'getfieldsbycampaign':
        return { fields: [{ name: 'Kundennummer' }, { name: 'Zählernummer' }] };
      case 'addlist':
        return { status: 'ok', listid: 38 };
      case 'getagentbyid':
        return { status: 'found', agent_info: [{ agentid: 7, username: 'agent7', first_name: 'Änne' }] };
      case 'exportbystatus':
        return {
          status: 'ok',
          file_id: '55',
          size: String(exported.length),
          url: `${own}/files/export/55.csv`,
          broken_data_count: '0',
        };
      case 'searchvoicebyleadid':
      case 'searchvoicebyphonenumber':
      case 'searchvoicebyagent':
        return {
          status: 'ok',
          voices: [
            {
              recid: 11,
              agentid: 7,
              timestamp: '20260302100100',
              available: 'yes',
              voiceid: '7000011',
              url: `${own}/files/voice/7000011.wav`,
              length: 4,
              size: sound.length,
            },
          ],
        };
      default:
        return { status: 'error', reason: 'unknown function' };
    }
  };
  return (request, own) => {
    const { pathname } = new URL(request.target, own);
    if (options.digest && !isRightDigest(request, options.digest))
      return { status: 401, headers: { 'www-authenticate': challenge }, body: '' };
    if (pathname.startsWith('/files/export/'))
      return { headers: { 'content-type': 'text/csv' }, body: exported };
    if (pathname.startsWith('/files/voice/'))
      return { headers: { 'content-type': 'audio/x-wav' }, body: sound };
    const name = pathname.replace('/api/', '');
    if (name === 'dncget')
      return { headers: { 'content-type': 'text/csv' }, body: '+491713920011\n01713920098\n' };
    if (name === 'getleadbyexternalid') return { status: 404, body: 'no such function' };
    const call = calls.next(name);
    if (call <= (options.dropped?.[name] ?? 0)) return null;
    const said = answer(request, own);
    return call <= (options.lost?.[name] ?? 0) ? null : { body: said };
  };
}

const exported = Buffer.from('customerfield_phone;customerfield_last_name\n01713920010;Groß\n', 'utf8');
const sound = Buffer.from('RIFF$\0\0\0WAVEfmt ', 'latin1');
