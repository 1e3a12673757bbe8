import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { JsonObject } from '../../../src/core/json.js';
import { runHere } from './here.js';
import type { Asked, Oracle } from './oracle.js';
import { collectGarbage } from './tools.js';

/** A row's own word: it travels in a field of the vendor's, so that a request tells whose row it carries. */
export const markOf = (index: number): string => `mark${String(index).padStart(4, '0')}`;
export const marks = /mark\d{4}/g;

/** A command that is struck, what went before, and what must have come of it in the end. */
export interface Flow {
  readonly name: string;
  /** `{folder}` in them is the folder they run in. */
  readonly args: readonly string[];
  readonly input?: string;
  /** Rows one request may hold, times requests under way at once: so many may be in doubt after one kill. */
  readonly atRisk: number;
  /** Marks of the rows that must reach their vendor in the end, however often the program was killed. */
  readonly due: readonly string[];
  /** Rows of the input, where more than are due. */
  readonly rows?: number;
  /** Numbers that must be on the local list in the end, and off it. */
  readonly listed?: readonly string[];
  readonly unlisted?: readonly string[];
  /** Exit codes the repeated command may end with besides those of a push. */
  readonly mayExit?: readonly number[];
  /** What was asked before the flow counts: nobody of those may be asked again. */
  readonly remembers?: boolean;
  /** People are asked again in earnest once the first end was told; then a repeated command is no repetition. */
  readonly renewed?: boolean;
  /** Brings folder and vendors to where the flow begins. */
  prepare(desk: FlowDesk): Promise<void>;
}

/** The vendors at a moment. */
export interface Vendors {
  readonly states: JsonObject;
  readonly asked: readonly Asked[];
}

/** A folder with its ledger and files, before the flow. */
export interface FlowDesk {
  readonly folder: string;
  readonly oracle: Oracle;
  /** Runs a command in this process and expects one of these ends. */
  readonly run: (args: readonly string[], codes?: readonly number[]) => Promise<void>;
  readonly write: (name: string, text: string) => Promise<void>;
}

export const envOf = (folder: string, oracle: Oracle): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: folder,
  LANG: 'C.UTF-8',
  XDG_STATE_HOME: path.join(folder, 'state'),
  SALESQ_PROFILE: 'sandbox',
  SALESQ_SANDBOX_URL: oracle.url,
  UV_THREADPOOL_SIZE: '1',
});

export const argsOf = ({ args }: Flow, folder: string): string[] =>
  args.map((arg) => arg.replace('{folder}', folder));

export const ledgerOf = (folder: string): string => path.join(folder, 'state', 'salesq', 'sandbox.db');

export function flowDesk(folder: string, oracle: Oracle): FlowDesk {
  return {
    folder,
    oracle,
    write: (name, text) => writeFile(path.join(folder, name), text, { mode: 0o600 }),
    async run(args, codes = [0]) {
      const { code, stderr } = await runHere(args, { cwd: folder, env: envOf(folder, oracle) });
      if (!codes.includes(code)) throw new Error(`salesq ${args.join(' ')} ended with ${code}: ${stderr}`);
    },
  };
}

/** Makes a flow ready in a folder. Returns how its vendors stand, and what they were asked that still counts. */
export async function prepareFlow(flow: Flow, folder: string, oracle: Oracle): Promise<Vendors> {
  await mkdir(folder, { recursive: true });
  oracle.reset();
  await flow.prepare(flowDesk(folder, oracle));
  // Connections of this process must be closed before the folder is copied.
  await collectGarbage();
  return { states: oracle.save(), asked: flow.remembers === true ? [...oracle.asked] : [] };
}
