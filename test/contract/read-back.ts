import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { DoubtfulRow, Sighting } from '../../src/core/outcome.js';
import { Secret } from '../../src/core/secret.js';
import type { OptionValues, PushOperation, VendorContext } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { realClock } from '../support/sandboxed.js';
import { type Answering, type Received, sendJson, VendorServer } from '../support/vendor-server.js';

/** What the suite must know of an operation whose rows can be looked for. */
export interface ReadBackCase {
  readonly operation: PushOperation;
  readonly options?: OptionValues;
  readonly rows: readonly DoubtfulRow[];
  /** The answer of a vendor that has the rows. */
  readonly there: (request: Received) => unknown;
  /** The answer of a vendor that has them not. */
  readonly gone: (request: Received) => unknown;
  /** What the rows are seen as in the first case; `found` unless looking takes them back. */
  readonly thereIs?: Sighting['seen'];
  /** What they are seen as in the second one; `absent` unless absence proves nothing. */
  readonly goneIs?: Sighting['seen'];
  /** Whether the request is one the vendor documents as reading. */
  readonly reads: (request: Received) => boolean;
  readonly secrets: Readonly<Record<string, string>>;
  readonly values?: VendorContext['settings']['values'];
}

/** What looking came to: the sightings, or the error that no row could be looked for. */
type Looked = Sighting[] | UserError;

const bad = 'CANARY-secret';

/** Answers that say nothing, whatever stands in them. */
const broken: Readonly<Record<string, (answer: (request: Received) => unknown) => Answering>> = {
  'a page with 200': () => (_request, response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Wartung</body></html>'),
  'nothing with 200': () => (_request, response) => void response.writeHead(200).end(),
  'null with 200': () => (_request, response) => sendJson(response, null),
  'an empty list with 200': () => (_request, response) => sendJson(response, []),
  'an empty object with 200': () => (_request, response) => sendJson(response, {}),
  'half an answer': (answer) => (request, response) => {
    const body = JSON.stringify(answer(request));
    response.writeHead(200, { 'content-type': 'application/json' }).end(body.slice(0, -1));
  },
  'an answer that ends too early': (answer) => (request, response, socket) => {
    const body = JSON.stringify(answer(request));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length + 9 });
    response.write(body, () => socket.destroy());
  },
  'the answer with 500': (answer) => (request, response) => sendJson(response, answer(request), 500),
  'a redirect': () => (_request, response) => sendJson(response, {}, 302, { location: '/elsewhere' }),
  'a cut connection': () => (_request, _response, socket) => void socket.destroy(),
  'too many requests': () => (_request, response) => sendJson(response, {}, 429),
};

/** Settings and world of a look at a server. */
function contextOf(
  of: ReadBackCase,
  url: string,
  timeoutMs: number,
  warn: (text: string) => void,
): VendorContext {
  const secrets = Object.fromEntries(
    Object.entries(of.secrets).map(([key, text]) => [key, new Secret(text)]),
  );
  return {
    settings: {
      url,
      perSecond: null,
      concurrency: null,
      timeoutMs,
      account: null,
      secrets,
      values: of.values ?? {},
    },
    http: createHttp(),
    // Pauses before a read is repeated are not waited for.
    clock: { ...realClock, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    warn,
  };
}

/** What a look at a vendor came to that answers so: JSON, a text that is none, 404 for undefined, or `cut`. */
export async function looking(
  of: ReadBackCase,
  answer: (request: Received) => unknown,
  more: { readonly rows?: readonly DoubtfulRow[]; readonly options?: OptionValues } = {},
): Promise<{ sightings: readonly Sighting[]; received: Received[]; warnings: string[] }> {
  const server = await VendorServer.start((request, response, socket) => {
    const value = answer(request);
    if (value === 'cut') return void socket.destroy();
    if (typeof value === 'string') return void response.writeHead(200).end(value);
    return sendJson(response, value ?? {}, value === undefined ? 404 : 200);
  });
  const warnings: string[] = [];
  const context = contextOf(of, server.url, 5_000, (text) => warnings.push(text));
  try {
    const { readBack } = of.operation;
    if (!readBack) throw new Error('no readBack');
    const sightings = await readBack.find(context, more.rows ?? of.rows, more.options ?? of.options ?? {});
    return { sightings, received: server.received, warnings };
  } finally {
    await server.close();
  }
}

/** Every operation whose rows can be looked for passes this: only a whole answer says found or absent. */
export function readBackContract(name: string, of: ReadBackCase): void {
  const { readBack } = of.operation;
  if (!readBack) throw new Error(`${name} has no readBack`);

  const look = async (
    answer: Answering,
    timeoutMs = 5_000,
  ): Promise<{ looked: Looked; received: Received[] }> => {
    const server = await VendorServer.start(answer);
    const context = contextOf(of, server.url, timeoutMs, () => undefined);
    const looked = await readBack
      .find(context, of.rows, of.options ?? {})
      .then((sightings) => [...sightings])
      .catch((error: unknown) => {
        if (error instanceof UserError) return error;
        throw error;
      });
    await server.close();
    expect(JSON.stringify(looked instanceof UserError ? looked.message : looked)).not.toContain(bad);
    return { looked, received: server.received };
  };
  const seen = (looked: Looked): unknown =>
    looked instanceof UserError ? looked.code : looked.map((each) => [each.row, each.seen]);
  const all = (what: Sighting['seen']) => of.rows.map(({ row }) => [row, what]);

  describe(`${name}: reading back`, () => {
    it('sees each row that is there', async () => {
      const { looked } = await look((request, response) => sendJson(response, of.there(request)));
      expect(seen(looked)).toEqual(all(of.thereIs ?? 'found'));
    });

    it('sees each row that is not there', async () => {
      const { looked } = await look((request, response) => sendJson(response, of.gone(request)));
      expect(seen(looked)).toEqual(all(of.goneIs ?? 'absent'));
    });

    it('asks by documented reads alone, unless it says that it changes something', async () => {
      for (const answer of [of.there, of.gone]) {
        const { received } = await look((request, response) => sendJson(response, answer(request)));
        expect(received.length).toBeGreaterThan(0);
        expect(received.every((request) => of.reads(request))).toBe(readBack.probe !== true);
      }
    });

    it.each([401, 403])('stops at %i: the credentials are refused', async (status) => {
      const { looked } = await look((_request, response) => sendJson(response, {}, status));
      expect(looked).toBeInstanceOf(UserError);
      expect((looked as UserError).exit).toBe(4);
    });

    it('concludes nothing from no answer in time', async () => {
      const { looked } = await look(() => undefined, 60);
      expect(looked instanceof UserError ? looked.exit : seen(looked)).toEqual(
        readBack.probe ? all('unclear') : 5,
      );
    });

    it.each(Object.keys(broken))('concludes nothing from %s', async (kind) => {
      for (const answer of [of.there, of.gone]) {
        const { looked } = await look(broken[kind]?.(answer) ?? (() => undefined));
        if (looked instanceof UserError) expect(looked.exit).toBe(5);
        else expect(looked.every((each) => each.seen === 'unclear')).toBe(true);
      }
    });
  });
}
