import { connect } from 'node:net';
import type { Http, HttpRequest, HttpResult } from '../../../src/core/http.js';
import { bodyText } from '../../../src/core/http.js';
import { isObject, parseJson } from '../../../src/core/json.js';
import type { Endpoint, Seen } from '../answers/endpoint.js';

/** A client that is wrong on purpose: the matrix must catch it. */
export interface KnownBad {
  readonly id: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  /** Endpoints it is tried on. */
  readonly on: (endpoint: Endpoint) => boolean;
  readonly http?: (good: Http) => Http;
  readonly endpoint?: (good: Endpoint) => Endpoint;
}

const isImport = ({ id }: Endpoint): boolean => id === 'sales-q import';
const isPush = ({ kind, writes }: Endpoint): boolean => kind === 'push' && writes;

/** Judges the last answer itself; null leaves the judgement to the vendor's own code. */
const judging =
  (verdict: (result: HttpResult, rows: number) => readonly string[] | null) =>
  (good: Endpoint): Endpoint => ({
    ...good,
    run: async (context): Promise<Seen> => {
      let last: HttpResult | null = null;
      const http: Http = { send: async (request) => (last = await context.http.send(request)) };
      const seen = await good.run({ ...context, http });
      const ends = last === null ? null : verdict(last, good.rows);
      return ends === null ? seen : { ...seen, ends, stop: null };
    },
  });

const each = (rows: number, end: string): string[] => Array.from({ length: rows }, () => end);
const textOf = (result: HttpResult): string => (result.kind === 'answer' ? bodyText(result.body) : '');
const objectOf = (text: string): Record<string, unknown> => {
  const body = parseJson(text);
  return isObject(body) ? body : {};
};

/** Takes whatever came before the connection ended for the answer, whole or not. */
function lenient(request: HttpRequest): Promise<HttpResult> {
  const url = new URL(request.url);
  const body = Buffer.from(request.body ?? '');
  const headers = {
    host: url.host,
    connection: 'close',
    'content-length': String(body.length),
    ...request.headers,
  };
  return new Promise((resolve) => {
    const socket = connect(Number(url.port), url.hostname);
    const parts: Buffer[] = [];
    const done = (): void => {
      const [head = '', ...rest] = Buffer.concat(parts).toString('utf8').split('\r\n\r\n');
      const status = Number(/^HTTP\/\S+ (\d{3})/.exec(head)?.[1] ?? 200);
      resolve({ kind: 'answer', status, headers: {}, body: Buffer.from(rest.join('\r\n\r\n')) });
    };
    socket.setTimeout(300, () => socket.destroy());
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('error', () => undefined).on('close', done);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    socket.write(`${request.method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    socket.write(body);
  });
}

export const known: readonly KnownBad[] = [
  {
    id: 'status-is-success',
    idea: 'a 2xx means that it was done',
    on: isPush,
    endpoint: judging((result, rows) =>
      result.kind === 'answer' && result.status >= 200 && result.status < 300
        ? each(rows, 'delivered')
        : null,
    ),
  },
  {
    id: 'ids-by-position',
    idea: 'the n-th id of the answer is that of the n-th row',
    on: isImport,
    endpoint: judging((result, rows) => {
      const { ids } = objectOf(textOf(result));
      return Array.isArray(ids)
        ? each(rows, '').map((_end, at) => (ids[at] ? 'delivered' : 'in-doubt'))
        : null;
    }),
  },
  {
    id: 'flag-is-enough',
    idea: 'imported: true is true of every row, with or without its id',
    on: isImport,
    endpoint: judging((result, rows) =>
      objectOf(textOf(result))['imported'] === true ? each(rows, 'delivered') : null,
    ),
  },
  {
    id: 'any-no-is-rejected',
    idea: 'whatever is not a success was refused',
    on: isPush,
    endpoint: judging((result, rows) =>
      result.kind === 'answer' && (result.status >= 400 || /error|false|fail|<html/i.test(textOf(result)))
        ? each(rows, 'rejected')
        : null,
    ),
  },
  {
    id: 'status-before-body',
    idea: 'a 401 or 429 surely means that nothing was done, whatever its body says',
    on: isPush,
    endpoint: judging((result, rows) =>
      result.kind === 'answer' && [401, 403, 429].includes(result.status) ? each(rows, 'deferred') : null,
    ),
  },
  {
    id: 'json-somewhere',
    idea: 'the first JSON object in a text is the answer',
    on: ({ id }) => id === 'comunik8 add',
    endpoint: judging((result) =>
      objectOf(/\{[^{}]*\}/.exec(textOf(result))?.[0] ?? '')['processed'] === true ? ['delivered'] : null,
    ),
  },
  {
    id: 'parses-without-a-net',
    idea: 'an answer is JSON',
    on: isPush,
    endpoint: judging((result, rows) => {
      try {
        JSON.parse(textOf(result));
        return null;
      } catch {
        return each(rows, 'uncaught SyntaxError');
      }
    }),
  },
  {
    id: 'unreadable-is-nobody',
    idea: 'a list that cannot be read is an empty list',
    on: ({ kind, covers }) =>
      kind === 'read' && ['update', 'leads get', 'dnc check', 'dnc list'].includes(covers),
    endpoint: (good) => ({
      ...good,
      run: async (context): Promise<Seen> => {
        const seen = await good.run(context);
        return { ...seen, ends: seen.ends.map((end) => (end === 'exit 5' ? 'nothing' : end)) };
      },
    }),
  },
  {
    id: 'follows-redirects',
    idea: 'a redirect is part of the protocol, so the client follows it, body and token included',
    on: isPush,
    http: (good) => ({
      async send(request) {
        const result = await good.send(request);
        const to = result.kind === 'answer' && result.status < 400 ? result.headers['location'] : undefined;
        return to === undefined ? result : good.send({ ...request, url: new URL(to, request.url).href });
      },
    }),
  },
  {
    id: 'post-again',
    idea: 'a server error or a cut connection is worth a second try',
    on: isPush,
    http: (good) => ({
      async send(request) {
        const result = await good.send(request);
        return result.kind === 'lost' || (result.kind === 'answer' && result.status >= 500)
          ? good.send(request)
          : result;
      },
    }),
  },
  {
    id: 'lost-is-not-sent',
    idea: 'without an answer nothing happened, so the rows may go again',
    on: isPush,
    http: (good) => ({
      async send(request) {
        const result = await good.send(request);
        return result.kind === 'lost'
          ? { kind: 'not-sent', code: result.code, reason: result.reason }
          : result;
      },
    }),
  },
  {
    id: 'cut-is-whole',
    idea: 'what came before the connection ended is the answer',
    on: ({ id }) => id === 'comunik8 add',
    http: () => ({ send: lenient }),
  },
];
