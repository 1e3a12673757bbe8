import { accountsMeant, accountTitle, knownBy } from '../core/account.js';
import { isoTime } from '../core/clock.js';
import { usageError } from '../core/errors.js';
import { plainText, type JsonObject } from '../core/json.js';
import type { AccountDecision, KnownAccount, Ledger } from '../core/ledger.js';
import { column, listReport, recordReport, type Column } from '../core/report.js';
import { text } from '../core/value.js';
import { type App, askYes, defineCommand, lookAtLedger, print } from './command.js';

export const accountsList = defineCommand({
  options: {},
  more: [
    'An account is known by vendor, host and port, what identifies it there (user name, site), and the name that `account`',
    'in the profile gives it. A key, a folder or the name of a profile is no part of it.',
  ],
  run: async (app) => {
    const place = await app.ports.place();
    return lookAtLedger(app, place, async (ledger) => {
      const records = ledger ? (await ledger.accounts()).map(accountRecord) : [];
      const view = { columns: accountColumns, empty: 'No accounts yet.' };
      return print(app, listReport({ schema: 'salesq/accounts@1' }, 'accounts', records, view));
    });
  },
});

const accountColumns: readonly Column[] = [
  column('id'),
  column('vendor'),
  column('name'),
  { title: 'where', value: ({ known }) => placesOf(known as unknown as readonly JsonObject[]) },
  column('contacts', 'number'),
  column('first used', 'time', 'firstUsed'),
  column('last used', 'time', 'lastUsed'),
  { title: 'decided', value: ({ decided }) => decided },
];

/** Each place in a line of words; a place that has another name than the account is shown with it. */
const placesOf = (known: readonly JsonObject[]): string => {
  const words = known.map(({ host, marks, name }) =>
    [plainText(host), plainText(marks), name === null ? '' : `"${plainText(name)}"`]
      .filter((word) => word !== '')
      .join(' '),
  );
  return words.length === 0 ? 'not known (an earlier version)' : words.join('; ');
};

function accountRecord({
  id,
  ref,
  contacts,
  firstUsed,
  lastUsed,
  separate,
  joined,
}: KnownAccount): JsonObject {
  return {
    id,
    vendor: ref.vendor,
    name: ref.name,
    title: accountTitle(ref),
    known: knownBy(ref).map((one) => ({ ...one })),
    contacts,
    firstUsed: timeOf(firstUsed),
    lastUsed: timeOf(lastUsed),
    separate: separate && decisionRecord(separate),
    joined: joined.map((one) => ({ id: one.id, ...decisionRecord(one) })),
    decided: [
      ...(separate ? [`its own, ${decisionText(separate)}`] : []),
      ...joined.map((one) => `with ${one.id}, ${decisionText(one)}`),
    ].join('; '),
  };
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : isoTime(ms));

const decisionRecord = ({ at, by, reason }: AccountDecision): JsonObject => ({ at: isoTime(at), by, reason });

const decisionText = ({ at, by, reason }: AccountDecision): string =>
  `${isoTime(at)} by ${by}${reason === null ? '' : `: ${reason}`}`;

const whyOption = {
  reason: { flag: '--reason <text>', about: 'why; kept with the ledger', type: text(), freeText: true },
} as const;

export const accountsSame = defineCommand({
  args: '<one> <other>',
  options: whyOption,
  more: [
    'Whoever was contacted by one of them was contacted by both from then on. It cannot be undone. Rows that are ready for',
    'people of the other account become duplicates; nothing is lost. Refused (11) while a run of either is being sent.',
    '<one> and <other> are ids, beginnings of one, or names: salesq ledger accounts lists them.',
  ],
  run: (app, { args: [one = '', other = ''], options: { reason = null } }) =>
    withAccounts(app, async (ledger, all) => {
      const [a, b] = [accountNamed(all, one), accountNamed(all, other)];
      if (a.id !== b.id)
        await askYes(
          app,
          `Make ${accountTitle(a.ref)} (${a.contacts} contacts) and ${accountTitle(b.ref)} (${b.contacts} contacts) one account? It cannot be undone.`,
        );
      const done = await ledger.joinAccounts(a.id, b.id, reason);
      const lines =
        done.joined === null ? [`They are one account already: ${done.kept}.`] : joinedLines(done);
      return print(app, recordReport('salesq/accounts-same@1', { ...done, reason }, { heading: lines }));
    }),
});

const joinedLines = ({
  kept,
  duplicates,
}: {
  readonly kept: string;
  readonly duplicates: number;
}): string[] => [
  `One account: ${kept}.`,
  ...(duplicates > 0 ? [`${duplicates} rows that were ready are duplicates now, and are not sent.`] : []),
];

export const accountsSeparate = defineCommand({
  args: '<account>',
  options: whyOption,
  more: [
    'People who were contacted by another account are strangers to this one. It can be made one with another later on.',
    '<account> is an id, the beginning of one, or a name: salesq ledger accounts lists them.',
  ],
  run: (app, { args: [name = ''], options: { reason = null } }) =>
    withAccounts(app, async (ledger, all) => {
      const { id, ref, separate } = accountNamed(all, name);
      const title = accountTitle(ref);
      if (separate === null)
        await askYes(
          app,
          `Is ${title} an account of its own? People whom other accounts have contacted may be contacted by it.`,
        );
      await ledger.separateAccount(id, reason);
      const line =
        separate === null
          ? `An account of its own: ${title}.`
          : `It is one already, ${decisionText(separate)}.`;
      return print(app, recordReport('salesq/accounts-separate@1', { id, reason }, { heading: [line] }));
    }),
});

async function withAccounts<T>(
  app: App,
  work: (ledger: Ledger, all: readonly KnownAccount[]) => Promise<T>,
): Promise<T> {
  return lookAtLedger(app, await app.ports.place(), async (ledger) => {
    if (ledger) return work(ledger, await ledger.accounts());
    throw usageError({
      code: 'account.unknown-name',
      message: 'There is no ledger yet, and so no account',
      hint: 'The first push makes it; if there was one, mount its disk or put it back, then run the command again',
    });
  });
}

/** Throws UserError `account.unknown-name` (exit 2) where no account, or more than one, is called so. */
function accountNamed(all: readonly KnownAccount[], name: string): KnownAccount {
  const found = accountsMeant(all, name);
  const [only, second] = found;
  if (only && !second) return only;
  throw usageError({
    code: 'account.unknown-name',
    message: only
      ? `"${name}" may be the account ${found.map(({ id }) => id).join(' or ')}`
      : `There is no account "${name}" in this ledger`,
    hint: only ? 'Give its id: `salesq ledger accounts`' : '`salesq ledger accounts`',
  });
}
