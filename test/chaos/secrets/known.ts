import { deliver, exportBody } from '../../support/webhook.js';
import { kill, receiving } from '../webhooks/receiver.js';
import {
  blotsAsItIs,
  quotesErrors,
  showsItsWorld,
  showsTheAddress,
  trustsTheLanguage,
} from '../wrong/tellers.js';
import { blotLeaks, errorLeaks } from './direct.js';
import { play } from './play.js';
import { allCases } from './shard.js';
import { readdir, readFile } from 'node:fs/promises';
import { tokenEnv } from '../../support/leads.js';

/** A way of telling too much, and whether the checks see it. */
export interface KnownTeller {
  readonly id: string;
  readonly idea: string;
  isCaught(): Promise<boolean>;
}

const inPlay = async (run: Parameters<typeof play>[1]): Promise<boolean> => {
  const cases = (await allCases()).filter(
    ({ id }) => id.startsWith('comunik8 add') && id.endsWith('nobody listens'),
  );
  const played = await Promise.all(cases.map((one) => play(one, run)));
  return played.some(({ leaks }) => leaks.length > 0);
};

async function keptWhole(): Promise<boolean> {
  const wrong = await receiving('chaos/wrong/stores-whole.mjs');
  try {
    const { child, url } = await wrong.start();
    await deliver(
      url,
      exportBody(1, { lead: { Phone: '491713920077', note: `CNRY40 ${tokenEnv.TEST_TOKEN}` } }),
    );
    await kill(child);
    const files = (await readdir(wrong.desk.folder)).filter((name) => name.startsWith('ledger'));
    const bytes = await Promise.all(files.map((name) => readFile(wrong.desk.path(name))));
    return bytes.some((one) => one.includes(tokenEnv.TEST_TOKEN));
  } finally {
    await wrong.desk.close();
  }
}

export const knownTellers: readonly KnownTeller[] = [
  {
    id: 'quotes-errors',
    idea: "a library's error text helps the reader",
    isCaught: async () => (await errorLeaks(quotesErrors)).length > 0,
  },
  {
    id: 'trusts-the-language',
    idea: 'a TypeError names code and never data',
    isCaught: async () => (await errorLeaks(trustsTheLanguage)).length > 0,
  },
  {
    id: 'blots-as-it-is',
    idea: 'a secret comes back as it was sent',
    isCaught: () => Promise.resolve(blotLeaks(blotsAsItIs).length > 0),
  },
  { id: 'shows-the-address', idea: 'an address is no secret', isCaught: () => inPlay(showsTheAddress) },
  { id: 'shows-its-world', idea: '-v may show the environment', isCaught: () => inPlay(showsItsWorld) },
  { id: 'stores-whole', idea: 'a delivery is kept as it came, for support', isCaught: keptWhole },
];
