import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Received } from '../../support/vendor-server.js';
import { sendJson } from '../../support/vendor-server.js';
import { canary, personal, secrets } from './canaries.js';

/** What a world is before a command runs in it. */
export interface Room {
  readonly folder: string;
  readonly url: string;
  env: Record<string, string>;
  /** The configuration, to be written; null where a fault wrote its own. */
  config: Record<string, unknown> | null;
  flags: string[];
}

/** Something that goes wrong: how the vendors answer, or what is wrong here. */
export interface Fault {
  readonly id: string;
  readonly answer?: (request: Received, response: ServerResponse, socket: Socket) => void;
  readonly spoil?: (room: Room) => Promise<void> | void;
}

/** Everything the request said, as a careless server repeats it. */
const echo = ({ method, url, headers, body }: Received): string =>
  `${method} ${url} ${decoded(url)} ${JSON.stringify(headers)} ${decoded(headers.authorization ?? '')} ${body} ${decoded(body)} +49${personal.phone}`;

function decoded(text: string): string {
  const basic = /^Basic (.+)$/.exec(text)?.[1];
  if (basic !== undefined) return Buffer.from(basic, 'base64').toString('utf8');
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

const inEvery = (said: string): object => ({
  log: said,
  error: said,
  message: said,
  warning: said,
  reason: said,
  msg: said,
});

/** Each vendor's refusal, and each vendor's success, with what was asked in every text. */
const refusal = (said: string): object => ({
  response: false,
  saved: false,
  processed: false,
  cancelled: false,
  status: 'error',
  ...inEvery(said),
});

function success(request: Received, said: string): unknown {
  const text = said.slice(0, 400);
  const ids = /"leads":/.test(request.body)
    ? (JSON.parse(request.body) as { leads: { Phone: string; mappingId: string }[] }).leads.map(
        ({ Phone, mappingId }) => ({ Phone, mappingId, id: `id ${text}` }),
      )
    : [];
  const id = /"id":"([^"]*)"/.exec(request.body)?.[1] ?? 'x';
  const results = {
    data: {
      comments: [{ callInfo: { callId: text, note: text }, requestInfo: null, commented: true, error: null }],
    },
  };
  return {
    ...inEvery(''),
    log: said,
    response: true,
    imported: true,
    ids,
    obj: { id, Phone: '491713920077', note: text },
    saved: true,
    processed: true,
    cancelled: true,
    status: 'ok',
    listid: '7',
    lead_stats: { success: 1, formaterror_types: { [text]: 1 } },
    ...results,
  };
}

const page = (said: string): string =>
  `<!DOCTYPE html><html><body><h1>Error</h1><pre>${said}</pre></body></html>`;

const vendorFaults: readonly Fault[] = [
  { id: 'all well', answer: (request, response) => sendJson(response, success(request, '')) },
  {
    id: 'success that repeats the request',
    answer: (request, response) => sendJson(response, success(request, echo(request))),
  },
  {
    id: 'refusal that repeats the request',
    answer: (request, response) => sendJson(response, refusal(echo(request))),
  },
  { id: 'refusal with 400', answer: (request, response) => sendJson(response, refusal(echo(request)), 400) },
  {
    id: 'field errors',
    answer: (request, response) =>
      sendJson(response, { email: { 0: echo(request) }, mobile: [echo(request)] }, 400),
  },
  {
    id: 'violations',
    answer: (request, response) =>
      sendJson(
        response,
        {
          data: {
            type: 'validationError',
            validationErrorData: {
              violations: [{ fieldPath: `comments[0].${echo(request)}`, message: echo(request) }],
            },
          },
        },
        400,
      ),
  },
  ...[401, 403, 404, 429, 500, 503].map((status): Fault => ({
    id: `${status} that repeats the request`,
    answer: (request, response) =>
      void response
        .writeHead(status, { 'content-type': 'text/html', 'set-cookie': `session=${secrets.cookie}` })
        .end(page(echo(request))),
  })),
  {
    id: '500 with JSON',
    answer: (request, response) =>
      sendJson(response, { stack: echo(request), ...inEvery(echo(request)) }, 500),
  },
  {
    id: 'redirect',
    answer: (request, response) =>
      void response
        .writeHead(302, { location: `http://127.0.0.1:1${request.url}&again=${secrets.cookie}` })
        .end(),
  },
  {
    id: 'page with 200',
    answer: (request, response) => void response.writeHead(200).end(page(echo(request))),
  },
  { id: 'text with 200', answer: (request, response) => void response.writeHead(200).end(echo(request)) },
  {
    id: 'JSON cut',
    answer: (request, response) =>
      void response.writeHead(200).end(JSON.stringify(refusal(echo(request))).slice(0, -5)),
  },
  {
    id: 'gzip',
    answer: (request, response) =>
      void response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(JSON.stringify(refusal(echo(request))))),
  },
  {
    id: 'headers that repeat the request',
    answer: (request, response) =>
      void response.writeHead(200, { 'x-echo': encodeURIComponent(echo(request)) }).end('{}'),
  },
  { id: 'no HTTP', answer: (request, _response, socket) => void socket.end(echo(request)) },
  { id: 'reset', answer: (_request, _response, socket) => void socket.resetAndDestroy() },
  {
    id: 'cut',
    answer: (request, response, socket) =>
      void response
        .writeHead(200, { 'content-length': '99999' })
        .write(echo(request), () => socket.destroy()),
  },
  { id: 'silence', answer: () => undefined },
];

const vendorsOf = (room: Room): Record<string, Record<string, unknown>> =>
  (room.config as { profiles: { acme: { vendors: Record<string, Record<string, unknown>> } } }).profiles.acme
    .vendors;
const each = (room: Room, change: (vendor: Record<string, unknown>) => void): void =>
  Object.values(vendorsOf(room)).forEach(change);
const secretOf: Readonly<Record<string, string>> = {
  'sales-q': 'token',
  comunik8: 'key',
  calltouch: 'token',
  mmdial: 'password',
};
const everySecret = (room: Room, text: string): void =>
  Object.entries(vendorsOf(room)).forEach(([id, vendor]) => (vendor[secretOf[id] ?? ''] = text));
const postgres = (secret: string): string =>
  `postgres://team:${secret}@127.0.0.1:1/leads?application_name=${secret}`;

const hereFaults: readonly Fault[] = [
  { id: 'nobody listens', spoil: (room) => each(room, (vendor) => (vendor['url'] = 'http://127.0.0.1:1')) },
  {
    id: 'no such host',
    spoil: (room) =>
      each(
        room,
        (vendor) => ((vendor['url'] = 'http://vendor.invalid'), (vendor['allowInsecureHttp'] = true)),
      ),
  },
  {
    id: 'no TLS',
    spoil: (room) => each(room, (vendor) => (vendor['url'] = room.url.replace('http:', 'https:'))),
  },
  {
    id: 'a login in the address',
    spoil: (room) => each(room, (vendor) => (vendor['url'] = `https://me:${secrets.urlLogin}@example.com`)),
  },
  {
    id: 'a query in the address',
    spoil: (room) => each(room, (vendor) => (vendor['url'] = `https://example.com/?key=${secrets.urlQuery}`)),
  },
  {
    id: 'a ledger that cannot be reached, by flag',
    spoil: (room) => void room.flags.push('--ledger', postgres(secrets.ledgerFlag)),
  },
  {
    id: 'a ledger that cannot be reached, by environment',
    spoil: (room) => void (room.env['SALESQ_LEDGER'] = postgres(secrets.ledgerEnv)),
  },
  {
    id: 'a ledger that cannot be reached, by profile',
    spoil: (room) => {
      delete room.env['SALESQ_LEDGER'];
      (room.config as { profiles: { acme: Record<string, unknown> } }).profiles.acme['ledger'] = postgres(
        secrets.ledgerProfile,
      );
    },
  },
  {
    id: 'a ledger of another kind',
    spoil: (room) => void room.flags.push('--ledger', `mysql://u:${secrets.ledgerFlag}@db/x`),
  },
  {
    id: 'a ledger address that is broken',
    spoil: (room) => void room.flags.push('--ledger', `postgres://u:${secrets.ledgerFlag}@[bad/x`),
  },
  {
    id: 'a ledger that is damaged',
    spoil: (room) => writeFile(join(room.folder, 'ledger.db'), `SQLite format 3\0${'x'.repeat(5_000)}`),
  },
  {
    id: 'a ledger that is a folder',
    spoil: async (room) => void (await mkdir(join(room.folder, 'ledger.db'))),
  },
  {
    id: 'the built-in profile',
    spoil: (room) =>
      void Object.assign(room.env, {
        SALESQ_PROFILE: 'sandbox',
        SALESQ_SANDBOX_URL: `http://u:${secrets.sandboxUrl}@127.0.0.1:1`,
      }),
  },
  {
    id: 'a secret of two lines',
    spoil: async (room) => {
      await writeFile(join(room.folder, 'two'), `${secrets.secondLine}\n${secrets.secondLine}\n`, {
        mode: 0o600,
      });
      everySecret(room, 'file:two');
    },
  },
  {
    id: 'a secret file others may read',
    spoil: async (room) => {
      await writeFile(join(room.folder, 'open'), secrets.openFile);
      await chmod(join(room.folder, 'open'), 0o644);
      everySecret(room, 'file:open');
    },
  },
  {
    id: 'a secret command that fails',
    spoil: (room) =>
      everySecret(room, `cmd:echo ${secrets.commandTold} >&2; echo ${secrets.commandTold}; exit 3`),
  },
  {
    id: 'a secret command that is not there',
    spoil: (room) => everySecret(room, `cmd:nowhere --password ${secrets.commandLine}`),
  },
  { id: 'a secret that is missing', spoil: (room) => everySecret(room, 'env:NOWHERE') },
  {
    id: 'a keychain that is not there',
    spoil: (room) => everySecret(room, 'keychain:salesq-nowhere'),
  },
  {
    id: 'settings in the wrong place',
    spoil: (room) =>
      each(room, (vendor) =>
        Object.assign(vendor, { rate: secrets.openFile, timeout: secrets.openFile, tokne: secrets.openFile }),
      ),
  },
  {
    id: 'a configuration others may read',
    spoil: async (room) => writeConfig(room, JSON.stringify(literal(room)), 0o644),
  },
  {
    id: 'a configuration that is broken',
    spoil: (room) =>
      writeConfig(
        room,
        `profiles:\n  acme:\n    vendors:\n      sales-q: { token: "${secrets.brokenYaml.replaceAll('"', '')}\n  key: ${canary(18, '')}: x`,
        0o600,
      ),
  },
  { id: 'a configuration that is a text', spoil: (room) => writeConfig(room, secrets.brokenYaml, 0o600) },
];

async function writeConfig(room: Room, text: string, mode: number): Promise<void> {
  room.config = null;
  await writeFile(join(room.folder, '.salesqrc'), text);
  await chmod(join(room.folder, '.salesqrc'), mode);
}

function literal(room: Room): unknown {
  everySecret(room, secrets.openFile);
  return room.config;
}

export const faults: readonly Fault[] = [...vendorFaults, ...hereFaults];
