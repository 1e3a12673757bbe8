import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runMain } from '../../support/in-process.js';
import type { World } from '../../support/in-process.js';

type Run = typeof runMain;

/** A program that treats its input wrongly on purpose; it is `main` with the wrong idea around it. */
export interface WrongReader {
  readonly id: string;
  readonly idea: string;
  /** Damage that brings the idea to light. */
  readonly on: RegExp;
  readonly run: Run;
}

const inputs = ['leads.csv', 'leads.txt', 'leads.json', 'leads.xlsx'];

/** Changes the text of the input before the program reads it. */
const rewriting =
  (change: (text: string) => string): Run =>
  async (args, world) => {
    for (const name of inputs.filter((each) => args.includes(each))) {
      const path = join(world.cwd, name);
      await writeFile(path, Buffer.from(change((await readFile(path)).toString('latin1')), 'latin1'));
    }
    return runMain(args, world);
  };

const plainNumber = (text: string): string =>
  text.replace(/\b\d[.,]\d+E\+?\d+/gi, (written) => `+${Number(written.replace(',', '.')).toFixed(0)}`);

/** Fills short rows up and cuts long ones. */
function evened(text: string): string {
  const [header = '', ...lines] = text.split(/\r\n|\n/);
  const delimiter = [';', '\t', '|', ','].find((each) => header.includes(each)) ?? ',';
  const width = header.split(delimiter).length;
  const even = (line: string): string => {
    const cells = line.split(delimiter);
    return [...cells, ...Array.from({ length: width }, () => '')].slice(0, width).join(delimiter);
  };
  return [header, ...lines.map((line) => (line === '' ? line : even(line)))].join('\n');
}

/** The rows before the middle of the file, in a file of their own and under another ledger. */
async function firstHalf(args: readonly string[], world: World): Promise<void> {
  const name = inputs.find((each) => args.includes(each));
  if (name === undefined) return;
  const lines = (await readFile(join(world.cwd, name))).toString('latin1').split('\n');
  const part = join(world.cwd, 'part.csv');
  await writeFile(part, Buffer.from(`${lines.slice(0, 2).join('\n')}\n`, 'latin1'));
  const env = { ...world.env, SALESQ_LEDGER: join(world.cwd, 'part.db') };
  await runMain(
    args.map((word) => (word === name ? 'part.csv' : word)),
    { ...world, env },
  );
  await rm(part, { force: true });
}

export const wrongReaders: readonly WrongReader[] = [
  {
    id: 'repairs-scientific',
    idea: '4.91788E+11 is 491788000000',
    on: /E\+11/,
    run: rewriting(plainNumber),
  },
  {
    id: 'evens-ragged-rows',
    idea: 'a row with a cell too few has an empty one at its end',
    on: /a cell too (?:many|few), UTF-8 \(/,
    run: rewriting(evened),
  },
  {
    id: 'sends-while-reading',
    idea: 'the first rows can leave while the rest is still being read',
    on: /a cell too (?:many|few), UTF-8 \(|FF inside/,
    run: async (args, world) => {
      await firstHalf(args, world);
      return runMain(args, world);
    },
  },
  {
    id: 'quotes-the-line',
    idea: 'an error should show the line it is about',
    on: /a cell too (?:many|few), UTF-8 \(/,
    run: async (args, world) => {
      const ended = await runMain(args, world);
      const name = inputs.find((each) => args.includes(each));
      if (ended.code !== 6 || name === undefined) return ended;
      const line = (await readFile(join(world.cwd, name), 'utf8')).split('\n')[1] ?? '';
      return { ...ended, stderr: `${ended.stderr}near: ${line}\n` };
    },
  },
  {
    id: 'talks-on-stdout',
    idea: 'a word about the encoding may go where the data goes',
    on: /./,
    run: async (args, world) => {
      const ended = await runMain(args, world);
      return { ...ended, stdout: `Reading as UTF-8 …\n${ended.stdout}` };
    },
  },
];
