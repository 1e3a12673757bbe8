import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporary } from '../../src/core/errors.js';
import type { RowState } from '../../src/core/life.js';
import { sendRun } from '../../src/engine/send.js';
import { instead } from '../ledger/wrong/instead.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';
import { type RunUnderTest, sealedRun } from './bench-run.js';

const full = temporary({ code: 'ledger.disk-full', message: 'No room', hint: 'Make some' });
const gone = temporary({ code: 'output.closed', message: 'Nobody reads', hint: 'Read' });

let vendor: VendorServer;
let under: RunUnderTest;

beforeEach(async () => {
  vendor = await VendorServer.start(({ body }, response) =>
    sendJson(response, {
      imported: true,
      ids: (JSON.parse(body) as { leads: object[] }).leads.map((lead) => ({ ...lead, id: 'x' })),
    }),
  );
});

afterEach(async () => {
  await under.close();
  await vendor.close();
});

async function states(): Promise<RowState[]> {
  const found: RowState[] = [];
  for await (const { state } of under.ledger.rows(under.run.id)) found.push(state);
  return found;
}

describe('a claim made ahead', () => {
  it('that fails while the answer before it is still being noted ends the run, and no more than the run', async () => {
    under = await sealedRun(3, vendor.url, 1);
    const { ledger } = under;
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on('unhandledRejection', note);
    let claims = 0;
    const failing = instead(ledger, {
      claim: (run, lock, limits) =>
        (claims += 1) > 1 ? Promise.reject(full) : ledger.claim(run, lock, limits),
      settle: async (claim, settlements) => {
        await new Promise((done) => setTimeout(done, 30));
        return ledger.settle(claim, settlements);
      },
    });
    await expect(sendRun({ ...under.request, ledger: failing, perSecond: Infinity })).rejects.toBe(full);
    process.off('unhandledRejection', note);
    expect(uncaught).toEqual([]);
    expect(await states()).toEqual(['delivered', 'ready', 'ready']);
  });
});

describe('a claim that comes with rows that were blocked', () => {
  it('goes back where nobody takes the news of those', async () => {
    under = await sealedRun(2, vendor.url, 2);
    const { ledger } = under;
    const withNews = instead(ledger, {
      claim: async (run, lock, limits) => {
        const claiming = await ledger.claim(run, lock, limits);
        return { ...claiming, blocked: [...(claiming.claim?.rows ?? [])] };
      },
    });
    const onRows = (): never => {
      throw gone;
    };
    await expect(sendRun({ ...under.request, ledger: withNews, onRows })).rejects.toBe(gone);
    expect(vendor.received).toHaveLength(0);
    expect(await states()).toEqual(['ready', 'ready']);
  });
});
