import type { Finished } from '../../support/program.js';
import { linesIn, type LeadFile, type VendorName } from './files.js';
import type { Knowledge, Where } from './knowledge.js';
import { e164, lines, people } from './people.js';
import type { Around } from './steps.js';
import type { Contact } from './vendors.js';

/** A broken promise. */
export interface Fault {
  readonly kind: FaultKind;
  /** In a sentence. */
  readonly what: string;
  /** Place in the trace. */
  readonly step?: number;
}

export type FaultKind =
  | 'twice'
  | 'opted out'
  | 'refused'
  | 'stranger'
  | 'dry run'
  | 'clock'
  | 'opt-out lost'
  | 'bug'
  | 'no way out'
  | 'sum'
  | 'told';

/** A command that was typed, and everything the oracle knows of it. */
export interface Told {
  readonly words: readonly string[];
  readonly around: Around;
  readonly finished: Finished;
  /** In the order the vendors were told. */
  readonly contacts: readonly Contact[];
  readonly where: Where;
  /** What the operator meant by it. */
  readonly meant: {
    readonly file?: LeadFile;
    readonly optOuts?: readonly string[];
    readonly optIn?: string;
    /** The file that was pushed last. */
    readonly pushed?: LeadFile;
    /** Vendor of an account that is called one of its own. */
    readonly parts?: VendorName;
  };
  /** The ledger cannot be opened by any command. */
  readonly isBroken: boolean;
  readonly secrets: readonly string[];
}

/** Exit codes after which something was, or may have been, kept. */
const didSomething = new Set<number | null>([0, 3, 4, 5, 7, 8, 130, 143]);

/** Judges a command, and learns from it. */
export function judge(told: Told, knowledge: Knowledge): Fault[] {
  const faults = [
    ...judgeContacts(told, knowledge),
    ...judgeOptOuts(told),
    ...judgeExit(told),
    ...judgeWords(told),
  ];
  learn(told, knowledge);
  return faults;
}

function judgeContacts(told: Told, knowledge: Knowledge): Fault[] {
  const { words, contacts, where, meant } = told;
  if (didSomething.has(told.finished.code)) allowAgain(told, knowledge);
  const faults: Fault[] = [];
  const refusing = refusingIn(meant.file);
  if (contacts.length > 0 && words.includes('--dry-run'))
    faults.push({ kind: 'dry run', what: 'a dry run contacted somebody' });
  if (contacts.some(({ kind }) => kind === 'add') && knowledge.isBehind(where))
    faults.push({ kind: 'clock', what: 'somebody was contacted by a clock that is behind the ledger' });
  if (contacts.some(({ kind }) => kind === 'add') && knowledge.isFarAhead(where))
    faults.push({ kind: 'clock', what: 'somebody was contacted by a clock that is far ahead of the ledger' });
  const after = words.includes('after:90d') ? 90 : undefined;
  for (const contact of contacts) {
    const { number, written, vendor, kind } = contact;
    if (number === null) {
      faults.push({ kind: 'stranger', what: `${vendor} was given ${written}, which is nobody's number` });
      continue;
    }
    if (knowledge.isOptedOut(contact, where))
      faults.push({ kind: 'opted out', what: `${vendor} was given ${number} after the opt-out` });
    if (refusing.has(number))
      faults.push({ kind: 'refused', what: `${vendor} was given ${number}, whose row says no` });
    if (kind !== 'add') continue;
    if (knowledge.isTwice(contact, where, after))
      faults.push({ kind: 'twice', what: `${vendor} was given ${number} twice` });
    if (contact.taken) knowledge.contacted(contact, where);
  }
  return faults;
}

/** Numbers that stand in a row which says that its person wants no contact. */
const refusingIn = (file: LeadFile | undefined): Set<string> =>
  new Set(
    file?.consent
      ? file.rows
          .filter(({ refuses }) => refuses)
          .flatMap((row) => linesIn(file, row))
          .map(e164)
      : [],
  );

/** All numbers of the people of a file. */
const numbersIn = (rows: LeadFile['rows']): string[] =>
  rows.flatMap(({ who }) => {
    const { main, second } = people[who] as (typeof people)[number];
    return [main, ...(second ? [second] : [])].map(e164);
  });

/** Whoever the operator asks to be contacted again. */
function allowAgain({ words, meant: { file, pushed } }: Told, knowledge: Knowledge): void {
  const rule = words[words.indexOf('--recontact') + 1];
  const again = words.includes('--recontact') && rule === 'always';
  if (file && (again || words.includes('--allow-duplicates')))
    for (const number of numbersIn(file.rows)) knowledge.ask(file.vendor, number);
  const isGuess = words[1] === 'resolve' && words.includes('not-sent');
  if (pushed && isGuess) for (const number of numbersIn(pushed.rows)) knowledge.ask(pushed.vendor, number);
}

const documented = new Set<number | null>([0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130, 143]);

function judgeExit({ words, finished }: Told): Fault[] {
  const { code, stderr, stdout } = finished;
  if (!documented.has(code)) return [{ kind: 'bug', what: `exit ${String(code)}: ${stderr.slice(0, 600)}` }];
  if (code === 0 || words.includes('--dry-run')) return sumFaults(stdout);
  const says =
    /^hint: \S/m.test(stderr) ||
    /"hint":"[^"]/.test(stdout) ||
    /"next":\["/.test(stdout) ||
    /^next: \S/m.test(`${stdout}\n${stderr}`);
  const faults: Fault[] = says
    ? []
    : [{ kind: 'no way out', what: `exit ${String(code)} does not say what to do: ${stderr.slice(0, 300)}` }];
  return [...faults, ...sumFaults(stdout)];
}

/** Σ of the states is the number of rows. */
function sumFaults(stdout: string): Fault[] {
  return [...stdout.matchAll(/"counts":(\{[^}]*\})/g)].flatMap((match): Fault[] => {
    const { rows = 0, ...states } = JSON.parse(match[1] ?? '{}') as Record<string, number>;
    const sum = Object.values(states).reduce((all, one) => all + one, 0);
    return sum === rows ? [] : [{ kind: 'sum', what: `${sum} rows have a state, of ${rows}` }];
  });
}

/** Neither secrets nor whole numbers stand on stderr. */
function judgeWords({ finished: { stderr }, secrets }: Told): Fault[] {
  const secret = secrets.some((one) => stderr.includes(one)) ? ['a secret'] : [];
  const digits = [...stderr.matchAll(/\d[\d\s()/.-]{7,}\d/g)].map(([text]) => text.replace(/\D/g, ''));
  const number = lines.some(({ national }) => digits.some((one) => one.includes(national)))
    ? ['a whole number']
    : [];
  return [...secret, ...number].map((what) => ({
    kind: 'told',
    what: `stderr holds ${what}: ${stderr.slice(0, 300)}`,
  }));
}

function learn({ words, finished, where, meant, contacts }: Told, knowledge: Knowledge): void {
  const { code } = finished;
  knowledge.touched(where);
  if (code === 0 && meant.parts) knowledge.parted(meant.parts, where);
  if (code === 0 && words[0] === 'ledger' && words[1] === 'adopt') {
    knowledge.used(where, false);
    if (words.includes('--clock')) knowledge.clockAdopted(where);
    else knowledge.adopted(where);
  }
  if (meant.optIn !== undefined && code === 0) knowledge.optedIn(meant.optIn, where);
  const isPush = meant.file !== undefined && !words.includes('--dry-run');
  if (!didSomething.has(code) || !(isPush || meant.optOuts || contacts.length > 0)) return;
  const isNew = meant.optOuts?.some((number) => !knowledge.lists(number, where)) ?? false;
  const isNoted = contacts.length > 0 || isNew;
  knowledge.used(where, isNoted);
  // Whom this ledger was told of before there was one.
  for (const contact of contacts)
    if (contact.kind === 'add' && contact.taken && contact.number !== null)
      knowledge.contacted(contact, where);
  for (const number of meant.optOuts ?? [])
    if ([0, 3, 7].includes(code ?? -1)) knowledge.optedOut(number, where);
  knowledge.used(where, isNoted);
  knowledge.overtaken(where);
}

/** An opt-out is never refused, unless the command line itself cannot be understood or the ledger cannot be opened. */
function judgeOptOuts({ finished: { code, stderr }, meant, around, isBroken }: Told): Fault[] {
  if (!meant.optOuts || isBroken || around.env !== undefined || around.interrupt !== undefined) return [];
  return [0, 3, 7].includes(code ?? -1)
    ? []
    : [{ kind: 'opt-out lost', what: `exit ${String(code)}: ${stderr.slice(0, 300)}` }];
}
