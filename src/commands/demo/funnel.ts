import type { Paint } from '../../output/text.js';

/** A lead as `sales-q update -o json` prints it; the part the demo shows. */
export interface ShownLead {
  readonly id: string;
  readonly phone: string;
  readonly status: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly chat?: readonly {
    readonly at: string | null;
    readonly direction: string;
    readonly body: string;
  }[];
}

const order = ['Not contacted', 'Not on WhatsApp', 'Open', 'Engaged', 'Dead', 'Callback', 'Done', 'Archive'];

/** How many leads stand where, as bars; a line a status that occurs. */
export function funnel(leads: readonly ShownLead[], paint: Paint, unicode: boolean): string[] {
  const counts = new Map<string, number>();
  for (const { status } of leads) counts.set(status, (counts.get(status) ?? 0) + 1);
  const names = [
    ...order.filter((name) => counts.has(name)),
    ...[...counts.keys()].filter((name) => !order.includes(name)),
  ];
  const most = Math.max(1, ...counts.values());
  return names.map((name) => {
    const count = counts.get(name) ?? 0;
    const bar = (unicode ? '█' : '#').repeat(Math.max(1, Math.round((count * 40) / most)));
    const tone = name === 'Done' || name === 'Archive' ? 'good' : name === 'Callback' ? 'warn' : 'dim';
    return `  ${name.padEnd(16)} ${String(count).padStart(3)}  ${paint(tone, bar)}`;
  });
}

/** One line of the same, for a poll. */
export const funnelLine = (leads: readonly ShownLead[]): string =>
  order
    .map((name) => [name, leads.filter(({ status }) => status === name).length] as const)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(' · ');

/** A chat as one would see it on a phone: ours on the left, theirs on the right. */
export function chatLines(lead: ShownLead, paint: Paint): string[] {
  return (lead.chat ?? []).flatMap(({ direction, body, at }) => {
    const time = at === null ? '     ' : at.slice(11, 16);
    return body.split('\n').map((line, index) => {
      const when = index === 0 ? time : '     ';
      if (direction === 'outgoing') return `  ${paint('dim', when)}  ${line.trim()}`;
      return `  ${paint('dim', when)}  ${' '.repeat(32)}${paint('good', line.trim())}`;
    });
  });
}
