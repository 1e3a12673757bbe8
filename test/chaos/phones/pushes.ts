import type { Case } from '../malformed/case.js';
import { Stage } from '../malformed/world.js';
import type { Spelling } from '../../core/phone-checks.js';
import { excelForms, exampleSpellings } from '../../core/phone-checks.js';

/** Pushes that reach the person of a number, or call it off. A list of opt-outs is read by rules of its own. */
const pushes: readonly (readonly string[])[] = [
  ['sales-q', 'import', 'leads.csv'],
  ['comunik8', 'add', '--type', 'motor-trade', 'leads.csv'],
  ['comunik8', 'cancel', '--type', 'motor-trade', 'leads.csv'],
  ['mmdial', 'leads', 'add', 'leads.csv'],
];

const caseOf = (id: string, args: readonly string[], phones: readonly string[]): Case => {
  const cells = phones.map((text) => `"${text.replaceAll('"', '""')}";"Eva";"M";"e@example.com"`);
  const content = Buffer.from(`Telefon;Vorname;Nachname;E-Mail\n${cells.join('\n')}\n`);
  return { id, what: id, args, files: [{ name: 'leads.csv', content }], leads: content, named: [] };
};

/** What was found wrong, in words without numbers. */
export interface Pushed {
  readonly cells: number;
  readonly sent: number;
  readonly faults: readonly string[];
}

/** Every Excel form through every push: nobody is called. */
export async function pushExcel(): Promise<Pushed> {
  const stage = await Stage.open();
  const faults: string[] = [];
  let sent = 0;
  try {
    for (const args of pushes) {
      const played = await stage.play(caseOf(`excel:${args.slice(0, 3).join(' ')}`, args, excelForms()));
      sent += played.sent.length;
      if (played.sent.length > 0)
        faults.push(`${args.join(' ')}: ${played.sent.length} Excel forms were sent`);
      if (played.code !== 3) faults.push(`${args.join(' ')}: exit ${played.code} in place of 3`);
    }
  } finally {
    await stage.close();
  }
  return { cells: excelForms().length * pushes.length, sent, faults };
}

/** The eight spellings of a region's number in one file: one person, called once, by the right number. */
export async function pushSpellings(regions: readonly string[]): Promise<Pushed> {
  const stage = await Stage.open();
  const faults: string[] = [];
  let [sent, cells] = [0, 0];
  try {
    for (const region of regions) {
      const own = exampleSpellings().filter((one) => one.region === region);
      const args = ['sales-q', 'import', 'leads.csv', '--country', region];
      const played = await stage.play(
        caseOf(
          `spellings:${region}`,
          args,
          own.map(({ text }) => text),
        ),
      );
      sent += played.sent.length;
      cells += own.length;
      faults.push(...wrongOf(region, own, played.sent));
    }
  } finally {
    await stage.close();
  }
  return { cells, sent, faults };
}

function wrongOf(region: string, own: readonly Spelling[], sent: readonly string[]): string[] {
  const right = (own[0]?.e164 ?? '').slice(1);
  return [
    ...(sent.length === 1 ? [] : [`${region}: ${sent.length} contacts for one person in eight spellings`]),
    ...(sent.every((digits) => digits === right)
      ? []
      : [`${region}: another number than that of the person was sent`]),
  ];
}
