import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../../src/core/twin.js';
import { openLedger } from '../../../src/ledger/index.js';
import { realClock } from '../../support/sandboxed.js';
import { exportBody } from '../../support/webhook.js';
import { type Receiving, kill } from './receiver.js';

/** What a storm of deliveries came to. */
export interface Outcome {
  readonly acknowledged: number;
  readonly kills: number;
  /** Acknowledged and not in the ledger: must be none. */
  readonly lost: readonly number[];
  /** In the ledger more than once: must be none. */
  readonly twice: readonly number[];
  /** Forged ones that were taken for real: must be none. */
  readonly believed: number;
}

export interface Storm {
  readonly deliveries: number;
  /** Connections at a time. */
  readonly senders: number;
  /** Acknowledgements between two kills, at most. */
  readonly patience: number;
  readonly log: (line: string) => void;
}

/** Several deliveries are about one lead, as a chat that goes on is; the number tells them apart. */
const bodyOf = (number: number): string => {
  const { lead, ...rest } = exportBody(number) as { lead: object };
  return JSON.stringify({
    ...rest,
    lead: {
      ...lead,
      id: Math.floor(number / 3)
        .toString(16)
        .padStart(24, '5'),
    },
  });
};

function post(url: string, body: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
      timeout: 20_000,
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        response.complete && text !== '' ? resolve(response.statusCode ?? 0) : reject(new Error('cut')),
      );
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', reject);
    sent.end(body);
  });
}

/**
 * Posts deliveries over several connections to a receiver that is killed with -9 again and again, at a moment of the
 * seed's choice, and started anew. What was not acknowledged is delivered again, as a vendor may.
 */
export async function storm(receiving: Receiving, random: Random, plan: Storm): Promise<Outcome> {
  const waiting = Array.from({ length: plan.deliveries }, (_, number) => number);
  const acknowledged = new Set<number>();
  let kills = 0;
  let believed = 0;
  while (waiting.length > 0) {
    const { child, url } = await receiving.start();
    const agent = new Agent({ keepAlive: true, maxSockets: plan.senders });
    const until = acknowledged.size + random.between(1, plan.patience);
    const after = random.between(0, 3);
    let over = false;
    const end = async (): Promise<void> => {
      if (over) return;
      over = true;
      if (after > 0) await delay(after);
      await kill(child);
    };
    const send = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        if (number % 97 === 0 && (await forged(url, number, agent))) believed += 1;
        const status = await post(url, bodyOf(number), agent).catch(() => null);
        if (status !== 200) {
          waiting.push(number);
          if (over || status === null) return void (await end());
          continue;
        }
        acknowledged.add(number);
        if (acknowledged.size >= until && waiting.length > 0) void end();
      }
    };
    await Promise.all(Array.from({ length: plan.senders }, send));
    over = true;
    await kill(child);
    kills += 1;
    agent.destroy();
    if (kills % 10 === 0) plan.log(`${acknowledged.size} of ${plan.deliveries} acknowledged, ${kills} kills`);
  }
  const kept = await keptIn(receiving.ledger);
  return {
    acknowledged: acknowledged.size,
    kills,
    lost: [...acknowledged].filter((number) => !kept.has(number)),
    twice: [...kept].filter(([, count]) => count > 1).map(([number]) => number),
    believed,
  };
}

/** True where a delivery with a wrong token is taken. */
async function forged(url: string, number: number, agent: Agent): Promise<boolean> {
  const body = JSON.stringify(exportBody(number, { token: `forged-${number}` }));
  return (await post(url, body, agent).catch(() => null)) === 200;
}

/** How often each delivery stands in the ledger. */
async function keptIn(path: string): Promise<Map<number, number>> {
  const ledger = await openLedger(path, { clock: realClock, host: 'chaos', processAlive: () => false });
  const kept = new Map<number, number>();
  try {
    for await (const { record } of ledger.deliveries({ state: 'stored' })) {
      const data = (record?.['data'] ?? {}) as Record<string, unknown>;
      const number = Number(/\d+$/.exec(String(data['Nachname']))?.[0]);
      kept.set(number, (kept.get(number) ?? 0) + 1);
    }
  } finally {
    await ledger.close();
  }
  return kept;
}
