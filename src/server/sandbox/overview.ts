import { isoTime } from '../../core/clock.js';
import type { Json } from '../../core/json.js';
import type { Twin } from '../../core/twin.js';
import type { ContactReport } from './people.js';

export interface OverviewFacts {
  readonly url: string;
  /** Virtual milliseconds. */
  readonly now: number;
  readonly speed: number;
  readonly twins: readonly Twin[];
  readonly contacts: ContactReport;
  /** How often a fault was injected. */
  readonly faults: number;
}

/** The front page as data. */
export function overviewJson({ url, now, speed, twins, contacts, faults }: OverviewFacts): Json {
  return {
    schema: 'salesq/sandbox@1',
    url,
    now: isoTime(now),
    speed,
    contacted: contacts.persons.length,
    twice: contacts.twice.length,
    faultsInjected: faults,
    vendors: twins.map((twin) => {
      const { title, rows } = twin.overview();
      const counts = Object.fromEntries(rows);
      return {
        id: twin.id,
        title,
        url: `${url}/${twin.id}`,
        credentials: twin.credentials,
        counts,
        help: twin.help,
      };
    }),
  };
}

/** The front page for people: no phones, they are under `/_sandbox/contacts`. */
export function overviewText(facts: OverviewFacts): string {
  const { url, now, speed, twins, contacts, faults } = facts;
  const lines = [
    'salesq sandbox: invented people, real answers. Nothing leaves this machine.',
    `Time in here: ${isoTime(now)} (${speed} times as fast as outside)`,
    `Contacted: ${contacts.persons.length} persons, ${contacts.twice.length} of them more than once`,
    `Faults injected: ${faults}`,
    '',
    ...twins.flatMap((twin) => vendorLines(twin, url)),
    `Who was contacted      GET  ${url}/_sandbox/contacts`,
    `What was asked         GET  ${url}/_sandbox/requests`,
    `What goes wrong        GET  ${url}/_sandbox/faults`,
    `Let it go wrong        POST ${url}/_sandbox/faults {"faults": ["sales-q/import:reset-after@3"]}`,
    `Let a day pass         POST ${url}/_sandbox/clock {"advanceMs": 86400000}`,
    `Start all over         POST ${url}/_sandbox/reset`,
  ];
  return `${lines.join('\n')}\n`;
}

function vendorLines(twin: Twin, url: string): string[] {
  const { title, rows } = twin.overview();
  const width = Math.max(...rows.map(([label]) => label.length), 0);
  return [
    `${title}   ${url}/${twin.id}`,
    ...Object.entries(twin.credentials).map(([name, value]) => `  ${name}: ${value}`),
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    '  How to see each case:',
    ...twin.help.map((line) => `  - ${line}`),
    '',
  ];
}
