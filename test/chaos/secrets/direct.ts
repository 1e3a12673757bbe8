import { Writable } from 'node:stream';
import type { HttpResult } from '../../../src/core/http.js';
import { answerWithoutSecrets } from '../../../src/core/http.js';
import { Secret } from '../../../src/core/secret.js';
import { showError } from '../../../src/output/failure.js';
import { Terminal } from '../../../src/output/terminal.js';
import { canary, secretsIn } from './canaries.js';

/** How errors are shown; a wrong one may take its place. */
export type ShowError = typeof showError;
/** How a vendor's answer is blotted; a wrong one may take its place. */
export type Blot = typeof answerWithoutSecrets;

const secret = canary(30);
const url = `https://u:${secret}@example.com/lead/add?key=${encodeURIComponent(secret)}`;

const attempt = (fail: () => unknown): unknown => {
  try {
    fail();
    return null;
  } catch (error) {
    return error;
  }
};

const withCode = (error: Error, code: string): Error => Object.assign(error, { code, url, options: { url } });

/** Errors of libraries, of node: and of the language, each with a secret in it somewhere. */
const errors = (): unknown[] => [
  new Error(`POST ${url} failed`),
  withCode(new Error(`connect ECONNREFUSED ${url}`), 'ECONNREFUSED'),
  withCode(new TypeError(`Invalid URL: ${url}`), 'ERR_INVALID_URL'),
  Object.assign(new Error('x'), { name: `RequestError ${secret}` }),
  new Error('x', { cause: new Error(url) }),
  new AggregateError([new Error(url)], url),
  new Error(`x\n    at ${secret} (${secret}:1:1)`),
  secret,
  { message: url, stack: url },
  attempt(() => JSON.parse(secret)),
  attempt(() => new URL(secret)),
  attempt(() => 'x' in (secret as unknown as object)),
  attempt(() => new Intl.DateTimeFormat('en', { timeZone: secret })),
  attempt(() => new Intl.Locale(secret)),
  attempt(() => new RegExp(`(${secret}`)),
  attempt(() => structuredClone(() => secret)),
  attempt(() => BigInt(secret)),
  attempt(() => Buffer.from(Symbol(secret) as unknown as string)),
  attempt(() => new Headers({ [secret]: 'x' })),
  attempt(() => Reflect.construct(secret as unknown as new () => unknown, [])),
];

/** Shows every error with -v in both formats, and gives back what leaked. */
export async function errorLeaks(show: ShowError = showError): Promise<string[]> {
  const leaks: string[] = [];
  for (const [index, error] of errors().entries()) {
    for (const format of ['json', 'table'] as const) {
      const parts: string[] = [];
      const stream = (): Writable =>
        new Writable({
          write: (chunk: Buffer, _encoding, done) => (parts.push(chunk.toString('utf8')), done()),
        });
      const flags = { quiet: false, verbose: true, showPii: false };
      const terminal = new Terminal({
        stdout: stream(),
        stderr: stream(),
        stdoutIsTTY: false,
        stderrIsTTY: false,
        columns: 80,
        env: {},
        flags,
      });
      await show(error, format, terminal);
      await terminal.drain();
      if (secretsIn(parts.join('')).length > 0) leaks.push(`error ${index} shown as ${format}`);
    }
  }
  return leaks;
}

/** Forms in which a vendor repeats what it was sent. */
const forms: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['in JSON', (text) => JSON.stringify({ log: text })],
  ['in JSON with escaped slashes', (text) => JSON.stringify({ log: text }).replaceAll('/', '\\/')],
  ['in an address', (text) => `https://example.com/?key=${encodeURIComponent(text)}`],
  ['twice', (text) => `${text}${text}`],
];

/** Blots every form out of an answer, and gives back those that stayed. */
export function blotLeaks(blot: Blot = answerWithoutSecrets): string[] {
  return forms
    .filter(([, form]) => {
      const answer: HttpResult = {
        kind: 'answer',
        status: 200,
        headers: {},
        body: new TextEncoder().encode(form(secret)),
      };
      const clean = blot(answer, [new Secret(secret)]);
      return clean.kind === 'answer' && secretsIn(Buffer.from(clean.body)).length > 0;
    })
    .map(([name]) => `an answer that repeats the secret ${name}`);
}
