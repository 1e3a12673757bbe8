/**
 * What leaves for the four vendors, byte for byte: the judge of every refactoring. Each case runs the built program
 * against a real server and compares all requests, in order, with a file under `wire/golden/`. No refactoring may
 * change these files unasked; a change that is meant is recorded with UPDATE_GOLDEN=1 and explained in its commit.
 * Only the built program, files and sockets are used, so that the source may be rearranged freely.
 */
import path from 'node:path';
import { describe, it } from 'vitest';
import { commandLine, compareWithGolden, numbered } from '../support/golden.js';
import { Desk } from '../support/program.js';
import type { WireCase } from './wire/cases.js';
import { testSecret, wireCases } from './wire/cases.js';
import { requestText, WireRecorder } from './wire/recorder.js';

const secrets = { TEST_SECRET: testSecret };

const secretSettings: Readonly<Record<WireCase['vendor'], string>> = {
  'sales-q': 'token: "env:TEST_SECRET"',
  comunik8: 'key: "env:TEST_SECRET"',
  calltouch: 'token: "env:TEST_SECRET"',
  mmdial: 'username: ops, password: "env:TEST_SECRET"',
};

function configOf({ vendor, settings, country = 'DE' }: WireCase, url: string): string {
  const address = vendor === 'mmdial' ? `${url}/api/` : url;
  const own = settings ?? (vendor === 'mmdial' ? 'campaign: 12, list: 34' : '');
  const pairs = [`url: "${address}"`, secretSettings[vendor], 'rate: 1000/s', own].filter(
    (pair) => pair !== '',
  );
  return `profiles:\n  acme:\n    country: ${country}\n    vendors:\n      ${vendor}: { ${pairs.join(', ')} }\n`;
}

/** Every step of a case and what it sent, as one text. */
async function record(wireCase: WireCase): Promise<string> {
  const desk = await Desk.open();
  const server = await WireRecorder.start(wireCase.answerer);
  try {
    await desk.write('.salesqrc', configOf(wireCase, server.url));
    for (const [name, content] of Object.entries(wireCase.files ?? {})) await desk.write(name, content);
    const parts: string[] = [];
    for (const { args, input } of wireCase.steps) {
      const { code } = await desk.run([...args], { env: secrets, ...(input === undefined ? {} : { input }) });
      const requests = server.take().map((request, index) => `--- ${index + 1}\n${requestText(request)}`);
      const sent = requests.length === 0 ? '(nothing was sent)' : requests.join('\n\n');
      parts.push(`==== ${commandLine(args)}\n(exit ${code})\n\n${sent}\n`);
    }
    const own = new Set(JSON.stringify([wireCase.files, wireCase.steps]).match(/[0-9a-f]{24}/g) ?? []);
    const withoutIds = numbered(/(?<![0-9a-f])[0-9a-f]{24}(?![0-9a-f])/g, 'made-up id', own);
    return withoutIds(parts.join('\n\n'));
  } finally {
    await server.close();
    await desk.close();
  }
}

describe('the wire', () => {
  it.concurrent.each(wireCases.map((wireCase) => [wireCase.name, wireCase] as const))(
    '%s',
    async (name, wireCase) => {
      const file = path.join(import.meta.dirname, 'wire/golden', `${name}.txt`);
      await compareWithGolden(file, await record(wireCase));
    },
    180_000,
  );
});
