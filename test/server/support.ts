import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Clock } from '../../src/core/clock.js';
import type { JsonObject } from '../../src/core/json.js';
import type { Sandbox, SandboxOptions } from '../../src/rehearsal/host.js';
import { startSandbox } from '../../src/rehearsal/host.js';
import salesQ from '../../src/vendors/sales-q/twin/index.js';

export const token = 'sandbox-sales-q-token';
export const minute = 60_000;
export const day = 24 * 60 * minute;

/** A clock that stands still until it is told otherwise. */
export function standingClock(at = Date.UTC(2026, 2, 2, 9)): Clock & { pass(ms: number): void } {
  let passed = 0;
  return {
    now: () => at + passed,
    monotonic: () => passed,
    sleep: () => Promise.resolve(),
    pass: (ms) => {
      passed += ms;
    },
  };
}

export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'salesq-sandbox-'));

const open: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

/** A sandbox on a free port, closed after the test. */
export async function sandbox(changes: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const started = await startSandbox({
    twins: [salesQ],
    host: '127.0.0.1',
    port: 0,
    speed: 1,
    seed: 1,
    stateFile: null,
    clock: standingClock(),
    ...changes,
  });
  open.push(started);
  return started;
}

export interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly json: JsonObject;
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  const type = response.headers.get('content-type');
  return {
    status: response.status,
    type,
    text,
    json: type?.includes('json') ? (JSON.parse(text) as JsonObject) : {},
  };
}

/** POSTs a body; what is no string is sent as JSON. */
export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return reply(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );
}

export async function get(url: string, headers: Record<string, string> = {}): Promise<Reply> {
  return reply(await fetch(url, { headers }));
}

export interface UpdatedLead {
  readonly id: string;
  readonly Phone: string;
  readonly Status: string;
  readonly state: number;
  readonly Comment?: string;
  readonly chathistory: readonly { timestamp: number; body: string; type: string; direction: string }[];
  readonly [name: string]: unknown;
}

/** The leads of an update, in the order they were imported. */
export async function update(box: Sandbox): Promise<UpdatedLead[]> {
  const { json } = await get(`${box.url}/sales-q/update`, { token });
  return Object.values(json) as unknown as UpdatedLead[];
}

export const importLeads = (box: Sandbox, ...leads: readonly unknown[]): Promise<Reply> =>
  post(`${box.url}/sales-q/import`, { token, leads });

/** Ids of an import's answer. */
export const idsOf = ({ json }: Reply): { Phone: string; id: string; mappingId?: string }[] =>
  json['ids'] as unknown as { Phone: string; id: string; mappingId?: string }[];
