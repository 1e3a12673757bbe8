import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFor, fictitious, leadsCsv, tokenEnv } from '../support/leads.js';
import { Desk, finished } from '../support/program.js';
import { sendJson, VendorServer } from '../support/vendor-server.js';

let desk: Desk;
let vendor: VendorServer;
/** Lets the vendor answer. */
let open: () => void;

interface Lead {
  readonly Phone: string;
  readonly mappingId: string;
}

beforeEach(async () => {
  const gate = new Promise<void>((resolve) => (open = resolve));
  desk = await Desk.open();
  vendor = await VendorServer.start(async ({ body }, response) => {
    await gate;
    const { leads } = JSON.parse(body) as { leads: Lead[] };
    sendJson(response, { imported: true, ids: leads.map((lead) => ({ ...lead, id: lead.mappingId })) });
  });
  await desk.write('.salesqrc', configFor(vendor.url));
  await desk.write('leads.csv', leadsCsv(2));
});

afterEach(async () => {
  open();
  await vendor.close();
  await desk.close();
});

const env = { ...tokenEnv, SALESQ_PROFILE: 'acme' };
const push = () => desk.start(['sales-q', 'import', 'leads.csv', '--batch-size', '1', '-o', 'json'], { env });
const asked = async (): Promise<void> => {
  while (vendor.received.length === 0) await delay(5);
};
const block = (): ChildProcess =>
  desk.start(['dnc', 'add', fictitious(0), '--reason', 'by phone', '-o', 'json'], { env });

describe('dnc add while the number is on its way', () => {
  it('returns when the request that had left is over, and not before', async () => {
    const end = finished(push());
    await asked();
    const adding = block();
    const added = finished(adding);
    await new Promise<void>((resolve) =>
      adding.stderr?.on('data', (text: Buffer) => {
        if (text.toString().includes('had left before')) resolve();
      }),
    );
    await delay(300);
    expect(adding.exitCode).toBeNull();
    open();
    const { code, stdout } = await added;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ added: 1, underWay: 0 });
    expect((await end).code).toBe(0);
  });

  it('names the row whose sender died: whether it arrived nobody knows', async () => {
    const pushing = push();
    const end = finished(pushing);
    await asked();
    pushing.kill('SIGKILL');
    await end;
    const added = await finished(block());
    expect(added.code).toBe(7);
    expect(JSON.parse(added.stdout)).toMatchObject({ underWay: 1 });
    expect(added.stderr).toMatch(/row 1 of run \w+ had left before its number was blocked/);
  });
});
