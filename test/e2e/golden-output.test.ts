/**
 * What every command says, on stdout and stderr, with its exit code, in each output format: the judge of every
 * refactoring. No refactoring may change the files under `golden/` unasked; a change that is meant is recorded with
 * UPDATE_GOLDEN=1 and explained in its commit. Only the built program, files and sockets are used, so that the source
 * may be rearranged freely.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WireRecorder } from '../contract/wire/recorder.js';
import { commandLine, compareWithGolden, numbered } from '../support/golden.js';
import type { Finished } from '../support/program.js';
import { Desk } from '../support/program.js';
import type { Format, Session } from './golden-output/sessions.js';
import { commands, configOf, secrets, sessions } from './golden-output/sessions.js';

const goldenFile = (name: string): string => path.join(import.meta.dirname, 'golden', `${name}.txt`);

const patience = 240_000;

/** The outputs of one format of a session, by golden file. */
type Recording = ReadonlyMap<string, readonly string[]>;

async function record(session: Session, format: Format): Promise<Recording> {
  const desk = await Desk.open();
  const server = await WireRecorder.start(session.answerer());
  const plain = plainly(desk, session);
  const recording = new Map<string, string[]>();
  try {
    await desk.write('.salesqrc', configOf(server.url));
    for (const [name, content] of Object.entries(session.files ?? {})) await desk.write(name, content);
    for (const step of session.steps) {
      if (step.only && !step.only.includes(format)) continue;
      const args = [...step.args, '-o', format];
      const { input } = step;
      const env = { ...secrets, SALESQ_CONFIG: desk.path('.salesqrc'), ...step.env };
      const result = await desk.run(args, { env, ...(input === undefined ? {} : { input }) });
      const written = step.writes === undefined ? [] : [await fileText(desk, step.writes)];
      const parts = [plain([outputText(args, result), ...written].join('\n'))];
      recording.set(step.file, [...(recording.get(step.file) ?? []), ...parts]);
    }
    return recording;
  } finally {
    await server.close();
    await desk.close();
  }
}

/** What a command said, as text: compact JSON is indented, everything else stands as it came. */
function outputText(args: readonly string[], { code, stdout, stderr }: Finished): string {
  const parts = [`==== ${commandLine(args)}\n(exit ${code})`];
  if (stdout !== '') parts.push(`--- stdout\n${indented(stdout)}`);
  if (stderr !== '') parts.push(`--- stderr\n${stderr}`);
  return parts.join('\n');
}

function indented(text: string): string {
  const line = text.replace(/\n$/, '');
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || JSON.stringify(value) !== line) return text;
    return `(one line of JSON, indented here)\n${JSON.stringify(value, null, 2)}\n`;
  } catch {
    return text;
  }
}

const fileText = async (desk: Desk, name: string): Promise<string> =>
  `--- file ${name}\n${await readFile(desk.path(name), 'utf8')}`;

/**
 * Replaces what differs from run to run: the home, ids, times of today, ports, sizes and versions of this machine.
 * Where the home stood, or a size, columns are as wide as they had to be: there their width is left out.
 */
function plainly(desk: Desk, session: Session): (text: string) => string {
  const known = new Set(
    Object.values(session.files ?? {}).map((content) => createHash('sha256').update(content).digest('hex')),
  );
  const runs = numbered(/\b01[0-9A-HJKMNP-TV-Z]{24}\b/g, 'run');
  const ids = numbered(/(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])/g, 'id', ownIds(session));
  const hashes = numbered(/\b[0-9a-f]{64}\b/g, 'sha256', known);
  const senders = numbered(/(?<="who":\s*")[0-9a-f]{16}(?=")/g, 'sender');
  return (said) => {
    const text = said.replace(slowness, '').replace(/\bwaiting \d+ s\b/g, 'waiting <n> s');
    const sized = text
      .replace(/\b\d+ \([\d.]+ [KM]iB\)/g, '<bytes>')
      .replace(/\([\d.]+ [KM]iB\)/g, '(<size>)');
    const placed = sized.replaceAll(desk.folder, '<home>').replaceAll(`on ${hostname()}`, 'on <host>');
    const loose =
      placed === text ? text : placed.replace(/─{3,}/g, '───').replace(/(?<=\S) {2,}(?=\S)/g, '  ');
    return [runs, ids, hashes, senders, times]
      .reduce((now, replace) => replace(now), loose)
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
      .replace(/("bytes":\s*)\d+/g, '$1"<bytes>"')
      .replace(/("host":\s*)"[^"]*"/g, '$1"<host>"')
      .replace(/("engineVersion":\s*)"[^"]*"/g, '$1"<version>"')
      .replace(/\b(sqlite) \d+\.\d+\.\d+/g, '$1 <version>');
  };
}

/** Lines that only a slow machine sees: how far a push is after ten seconds. */
const slowness = /^(?:reading|planning|sending) +[\d,]+ (?:\/|rows).*\n/gm;

const ownIds = (session: Session): ReadonlySet<string> =>
  new Set([...(JSON.stringify(session.steps).match(/[0-9a-f]{24}/g) ?? []), ...idsOfStandIn]);

/** Ids of leads the stand-in of Sales_Q has from the beginning. */
const idsOfStandIn = ['5b929a13e7c7543ce399ea13', '5b929a13e7c7543ce399ea14'];

/** Times of about now; those of the stand-ins lie far back and stay. */
const times = (text: string): string =>
  text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (found) =>
    Math.abs(Date.parse(found) - Date.now()) < 100 * 3_600_000 ? '<time>' : found,
  );

describe('what commands say', () => {
  it.each(sessions.map((session) => [session.name, session] as const))(
    '%s',
    async (_name, session) => {
      const recordings = await Promise.all(session.formats.map((format) => record(session, format)));
      const files = [...new Set(session.steps.map(({ file }) => file))];
      for (const file of files) {
        const parts = recordings.flatMap((recording) => recording.get(file) ?? []);
        await compareWithGolden(goldenFile(file), parts.join('\n\n'), expect.soft);
      }
    },
    patience,
  );

  it(
    'help of every command',
    async () => {
      const desk = await Desk.open();
      try {
        const lines = [...commands.map((words) => [...words.split(' '), '--help']), ['help', 'exit-codes']];
        for (const group of inGroupsOf(4, lines))
          await Promise.all(group.map((args) => compareHelp(desk, args)));
      } finally {
        await desk.close();
      }
    },
    patience,
  );
});

async function compareHelp(desk: Desk, words: readonly string[]): Promise<void> {
  const args = words.filter((word) => word !== '');
  const name = args.filter((word) => !word.startsWith('-')).join('-') || 'salesq';
  await compareWithGolden(goldenFile(`help/${name}`), outputText(args, await desk.run(args)), expect.soft);
}

const inGroupsOf = <T>(size: number, items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
