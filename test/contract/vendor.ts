import { describe, expect, it } from 'vitest';
import type { Cleared } from '../../src/core/number.js';
import type { SendResult } from '../../src/core/outcome.js';
import { Secret } from '../../src/core/secret.js';
import type { OptionValues, PushOperation, Vendor, VendorContext } from '../../src/core/vendor.js';
import { createHttp } from '../../src/http/client.js';
import { realClock } from '../support/sandboxed.js';
import { type Answering, type Received, sendJson, VendorServer } from '../support/vendor-server.js';

/** What the suite must know of an operation to try every answer on it. */
export interface VendorCase {
  readonly vendor: Vendor;
  readonly operation: PushOperation;
  readonly options?: OptionValues;
  /** Rows as the gate lets them pass; as many as one request may carry, up to three. */
  readonly rows: readonly Cleared[];
  /** The documented success for a request, given back in an order of its own. */
  yes(request: Received): unknown;
  /** The documented refusal of the request. */
  no(request: Received): unknown;
  readonly secrets: Readonly<Record<string, string>>;
  /** The vendor's plain settings. */
  readonly values?: VendorContext['settings']['values'];
  /**
   * Answers a read the operation makes beside its own request, always in order; undefined for the request itself.
   * `applied`: the request was answered with success.
   */
  aside?(request: Received, applied: boolean): unknown;
}

const bad = 'CANARY-secret';

/** Every vendor passes this: whatever comes back, each row gets exactly one outcome, and only proof counts as proof. */
export function vendorContract(name: string, of: VendorCase): void {
  let applied = false;
  const yes = (request: Received): unknown => {
    applied = true;
    return of.yes(request);
  };
  const attempt = async (
    answer: Answering | 'nobody listens',
    timeoutMs = 2_000,
  ): Promise<SendResult & { seen: number }> => {
    applied = false;
    let seen = 0;
    const server = await VendorServer.start((request, response, socket) => {
      const aside = of.aside?.(request, applied);
      if (aside !== undefined) return sendJson(response, aside);
      seen += 1;
      return answer === 'nobody listens' ? undefined : answer(request, response, socket);
    });
    const { url } = server;
    if (answer === 'nobody listens') await server.close();
    const secrets = Object.fromEntries(
      Object.entries(of.secrets).map(([key, text]) => [key, new Secret(text)]),
    );
    const context: VendorContext = {
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
      clock: realClock,
      signal: new AbortController().signal,
      warn: () => undefined,
    };
    const sender = await of.operation.open(context, of.options ?? {});
    const result = await sender.send(of.rows);
    if (answer !== 'nobody listens') await server.close();
    expect(result.outcomes.map(({ row }) => row).sort()).toEqual(of.rows.map(({ row }) => row).sort());
    expect(JSON.stringify(result)).not.toContain(bad);
    return { ...result, seen };
  };
  const kinds = ({ outcomes }: SendResult): string[] => [
    ...new Set(outcomes.map(({ outcome }) => outcome.kind)),
  ];

  describe(`${name}: every answer`, () => {
    it('a documented success delivers each row, joined by key', async () => {
      expect(kinds(await attempt((request, response) => sendJson(response, yes(request))))).toEqual([
        'delivered',
      ]);
    });

    it('a documented refusal rejects', async () => {
      const result = await attempt((request, response) => sendJson(response, of.no(request)));
      expect(kinds(result)).toEqual(['rejected']);
      expect(result.stop).toBeNull();
    });

    it.each([401, 403])('%i stops the run; nothing was applied', async (status) => {
      const result = await attempt((_request, response) => sendJson(response, { message: 'no' }, status));
      expect(kinds(result)).toEqual(['deferred']);
      expect(result.stop?.cause).toBe('credentials');
    });

    it.each([401, 403, 429])('%i around a documented success is in doubt', async (status) => {
      const result = await attempt((request, response) => sendJson(response, yes(request), status));
      expect(kinds(result)).toEqual(['in-doubt']);
      expect(result.stop).toBeNull();
    });

    it('429 defers, for as long as Retry-After says', async () => {
      const [plain, timed] = [
        await attempt((_request, response) => sendJson(response, {}, 429)),
        await attempt((_request, response) => sendJson(response, {}, 429, { 'retry-after': '7' })),
      ];
      expect([kinds(plain), kinds(timed)]).toEqual([['deferred'], ['deferred']]);
      expect(timed.outcomes[0]?.outcome).toMatchObject({ retryAfterMs: 7_000 });
    });

    it.each([500, 502, 503, 504])('%i is in doubt', async (status) => {
      expect(
        kinds(await attempt((_request, response) => sendJson(response, { error: 'x' }, status))),
      ).toEqual(['in-doubt']);
    });

    it.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed and in doubt', async (status) => {
      const result = await attempt((_request, response) =>
        sendJson(response, {}, status, { location: '/elsewhere' }),
      );
      expect(result.seen).toBe(1);
      expect(kinds(result)).toEqual(['in-doubt']);
    });

    it.each([
      '',
      'ok',
      '<html><body>Wartung</body></html>',
      'null',
      '[]',
      '"ok"',
      '17',
      '{}',
      '{"a":',
      '{"data":null}',
    ])('status 200 with %j proves nothing', async (text) => {
      const result = await attempt((_request, response) => void response.writeHead(200).end(text));
      expect(kinds(result)).toEqual(['in-doubt']);
    });

    it('a connection cut after the request was taken is in doubt', async () => {
      expect(kinds(await attempt((_request, _response, socket) => void socket.destroy()))).toEqual([
        'in-doubt',
      ]);
    });

    it('an answer that ends too early is in doubt, even a positive one', async () => {
      const result = await attempt((request, response, socket) => {
        const body = JSON.stringify(yes(request));
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length + 10 });
        response.write(body, () => socket.destroy());
      });
      expect(kinds(result)).toEqual(['in-doubt']);
    });

    it('an answer that does not come in time is in doubt', async () => {
      expect(kinds(await attempt(() => undefined, 300))).toEqual(['in-doubt']);
    });

    it('nobody listening means not sent', async () => {
      expect(kinds(await attempt('nobody listens'))).toEqual(['not-sent']);
    });

    it('repeats nothing by itself', async () => {
      expect((await attempt((_request, _response, socket) => void socket.destroy())).seen).toBe(1);
    });
  });
}
