import type { Socket } from 'node:net';
import type { Http } from '../../../src/core/http.js';
import { type Random, shuffled } from '../../../src/core/twin.js';
import { createHttp } from '../../../src/http/client.js';
import { sendJson, VendorServer } from '../../support/vendor-server.js';
import { type Endpoint, type Memory, type Seen, type Settings, contextFor, secretText } from './endpoint.js';
import { calltouchEndpoints } from './calltouch.js';
import { comunik8Endpoints } from './comunik8.js';
import { generic, heavy } from './generic.js';
import { mmdialEndpoints, mmdialValues } from './mmdial.js';
import { readBackEndpoints } from './read-back.js';
import { salesQEndpoints } from './sales-q.js';
import { type Wire, answer, stoppedAfter, successHead } from './wire.js';

export const endpoints: readonly Endpoint[] = [
  ...salesQEndpoints,
  ...comunik8Endpoints,
  ...calltouchEndpoints,
  ...mmdialEndpoints,
  ...readBackEndpoints,
];

const settings: Readonly<Record<string, Settings>> = {
  'sales-q': { secrets: { token: secretText } },
  comunik8: { secrets: { key: secretText }, values: { type: 'motor-trade' } },
  calltouch: { secrets: { token: secretText }, values: { siteId: '4711', timezone: 'Europe/Moscow' } },
  mmdial: { secrets: { password: secretText }, values: mmdialValues },
};

/** One answer to one endpoint. */
export interface Case {
  /** `sales-q import | success`, the id a failure is replayed by. */
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly wire: Wire;
  /** Ends for each row, alternatives parted by `|`; one alone stands for all rows. */
  readonly ends: readonly string[];
  /** The answer is the documented success, so that what is read beside it shows the effect. */
  readonly applied: boolean;
  readonly slow: boolean;
}

/** What a key that decides may hold instead of what it should. */
const wrongValues: readonly unknown[] = [undefined, null, 0, 7, '', 'yes', 'null', [], {}];

function spoilt(value: unknown, path: readonly (string | number)[], wrong: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return wrong;
  const holder = structuredClone(value) as Record<string | number, unknown>;
  const inner = spoilt(holder[key], rest, wrong);
  if (inner === undefined && !Array.isArray(holder)) delete holder[key];
  else holder[key] = inner ?? null;
  return holder;
}

const takesHeavy = new Set([
  'sales-q import',
  'sales-q update',
  'comunik8 add',
  'calltouch comment',
  'mmdial leads add',
  'mmdial dnc check',
]);

function genericCases(endpoint: Endpoint): Case[] {
  const fitting = generic.filter(({ json }) => !(json && endpoint.text));
  const more = takesHeavy.has(endpoint.id) ? heavy : [];
  return [...fitting, ...more].map(({ name, meaning, wire, slow }) => {
    const ends = meaning
      .split('|')
      .map((one) => endpoint.rule[one as keyof Endpoint['rule']])
      .join('|');
    return {
      id: `${endpoint.id} | ${name}`,
      endpoint,
      wire,
      ends: [endpoint.otherwise?.[name] ?? ends],
      applied: meaning.startsWith('success'),
      slow: slow ?? false,
    };
  });
}

function spoiltCases(endpoint: Endpoint): Case[] {
  return endpoint.decisive.flatMap((path) =>
    wrongValues.map((wrong): Case => ({
      id: `${endpoint.id} | ${path.join('.')} = ${JSON.stringify(wrong) ?? 'absent'}`,
      endpoint,
      wire: answer(200, (yes) => JSON.stringify(spoilt(JSON.parse(yes), path, wrong))),
      ends: [endpoint.spoiled?.(wrong) ?? endpoint.rule.unsure],
      applied: false,
      slow: false,
    })),
  );
}

/** The answers only this endpoint can be given; the success of a fixture is applied like any other. */
const ownCases = (endpoint: Endpoint): Case[] =>
  endpoint.own.map(({ name, body, status, ends }) => ({
    id: `${endpoint.id} | ${name}`,
    endpoint,
    wire: answer(status ?? 200, () => body({ method: '', url: '', headers: {}, body: '' })),
    ends,
    applied: ends.length === 1 && ends[0] === 'delivered',
    slow: false,
  }));

export const allCases = (): Case[] =>
  endpoints.flatMap((endpoint) => [
    ...genericCases(endpoint),
    ...spoiltCases(endpoint),
    ...ownCases(endpoint),
  ]);

const stops = ['closed', 'reset'] as const;

const stopCase = (endpoint: Endpoint, at: number, how: (typeof stops)[number]): Case => ({
  id: `${endpoint.id} | ${how} after byte ${at}`,
  endpoint,
  wire: stoppedAfter(at, how),
  ends: [endpoint.rule.unsure],
  applied: false,
  slow: false,
});

/** The success of every endpoint, cut short after every byte of it: what is not whole proves nothing. */
export async function everyStop(): Promise<Case[]> {
  const found: Case[] = [];
  for (const endpoint of endpoints) {
    let length = 0;
    const wire: Wire = (socket, yes) => {
      length = Buffer.byteLength(successHead(yes) + yes);
      socket.destroy();
    };
    await attempt({ ...stopCase(endpoint, 0, 'closed'), wire });
    for (let at = 0; at < length; at += 1) found.push(...stops.map((how) => stopCase(endpoint, at, how)));
  }
  return found;
}

/** The case of an id. */
export function caseOf(id: string): Case[] {
  const [, of, how, at] = /^(.*) \| (closed|reset) after byte (\d+)$/.exec(id) ?? [];
  const endpoint = endpoints.find((one) => one.id === of);
  if (!endpoint || !at) return allCases().filter((one) => one.id === id);
  return [stopCase(endpoint, Number(at), how === 'reset' ? 'reset' : 'closed')];
}

/** Cases in an order of the seed, so that the first hundred are not all of one vendor. */
export const pickCases = (random: Random, most: number | null): Case[] =>
  shuffled(allCases(), random).slice(0, most ?? undefined);

/** What only one endpoint can be given, and some of the rest: what `npm test` has time for. */
export const fewCases = (random: Random): Case[] => [
  ...endpoints.flatMap((endpoint) => [...spoiltCases(endpoint), ...ownCases(endpoint)]),
  ...shuffled(endpoints.flatMap(genericCases), random)
    .filter(({ slow }) => !slow)
    .slice(0, 200),
];

export interface Attempt {
  readonly seen: Seen;
  /** Requests under test that arrived whole. */
  readonly requests: number;
  /** Requests that arrived at the host a redirect names. */
  readonly elsewhere: number;
  /** What was asked and answered, as far as it is text. */
  readonly answered: string;
}

/** Plays one case: a real server, a real client, the vendor's own code. */
export async function attempt(
  one: Case,
  http: Http = createHttp(),
  endpoint = one.endpoint,
): Promise<Attempt> {
  let requests = 0;
  let answered = '';
  const memory: Memory = { edited: false };
  const elsewhere = await VendorServer.start((_request, response) => sendJson(response, { imported: true }));
  const server = await VendorServer.start(async (request, response, socket) => {
    socket.on('error', () => undefined);
    const aside = endpoint.aside?.(request, one.applied, memory);
    if (isFile(aside)) return void response.end(aside.sent);
    if (aside !== undefined) return sendJson(response, aside);
    requests += 1;
    answered += request.body;
    const yes = textOf(endpoint.yes(request));
    if (one.applied) answered += yes;
    await one.wire(
      listening(socket, elsewhere.url, (bytes) => (answered += bytes)),
      yes,
    );
  });
  const timeoutMs = one.slow ? 400 : 20_000;
  try {
    const context = contextFor(server.url, settings[endpoint.vendor.id] ?? { secrets: {} }, http, timeoutMs);
    const seen = await endpoint.run(context);
    return { seen, requests, elsewhere: elsewhere.received.length, answered };
  } finally {
    await Promise.all([server.close(), elsewhere.close()]);
  }
}

const isFile = (value: unknown): value is { sent: string } =>
  typeof value === 'object' && value !== null && 'sent' in value;
const textOf = (yes: unknown): string => (typeof yes === 'string' ? yes : JSON.stringify(yes));

/** The socket, with the other host put into what is written, and what is written noted. */
function listening(socket: Socket, url: string, note: (text: string) => void): Socket {
  const end = socket.end.bind(socket) as (data?: Uint8Array) => Socket;
  socket.end = ((data?: Uint8Array) => {
    if (data === undefined || data.length > 2_000_000) return end(data);
    const text = Buffer.from(data).toString('latin1');
    note(Buffer.from(data).toString('utf8'));
    return end(
      text.includes('ELSEWHERE') ? Buffer.from(text.replace('ELSEWHERE', `${url}/import`), 'latin1') : data,
    );
  }) as typeof socket.end;
  return socket;
}
