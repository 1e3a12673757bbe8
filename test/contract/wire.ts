import path from 'node:path';
import { describe, it } from 'vitest';
import { commandLine, compareWithGolden, numbered } from '../support/golden.js';
import { Desk } from '../support/program.js';
import { testSecret, type WireCase } from './wire/cases.js';
import { requestText, WireRecorder } from './wire/recorder.js';

/** What the cases of a suite have in common. */
export interface WireSuite {
  /** Where the golden files are. */
  readonly golden: string;
  /** Pairs of a vendor's part of a profile that log in, as YAML, by vendor id; `env:TEST_SECRET` is set. */
  readonly logins: Readonly<Record<string, string>>;
  /** Another build of the program, known once the tests run. */
  readonly program?: () => string;
}

const secrets = { TEST_SECRET: testSecret };

function configOf({ vendor, settings, country = 'DE' }: WireCase, login: string, url: string): string {
  const address = vendor === 'mmdial' ? `${url}/api/` : url;
  const own = settings ?? (vendor === 'mmdial' ? 'campaign: 12, list: 34' : '');
  const pairs = [`url: "${address}"`, login, 'rate: 1000/s', own].filter((pair) => pair !== '');
  return `profiles:\n  acme:\n    country: ${country}\n    vendors:\n      ${vendor}: { ${pairs.join(', ')} }\n`;
}

/** Every step of a case and what it sent, as one text. */
async function record(wireCase: WireCase, { logins, program }: WireSuite): Promise<string> {
  const desk = await Desk.open(program?.());
  const server = await WireRecorder.start(wireCase.answerer);
  try {
    await desk.write('.salesqrc', configOf(wireCase, logins[wireCase.vendor] ?? '', server.url));
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

/** Each case, compared with its golden file byte for byte. */
export function wireContract(cases: readonly WireCase[], suite: WireSuite): void {
  describe('the wire', () => {
    it.concurrent.each(cases.map((wireCase) => [wireCase.name, wireCase] as const))(
      '%s',
      async (name, wireCase) => {
        const file = path.join(suite.golden, `${name}.txt`);
        await compareWithGolden(file, await record(wireCase, suite));
      },
      180_000,
    );
  });
}
