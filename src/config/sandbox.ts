import type { Json } from '../core/json.js';
import { unusable } from '../core/errors.js';
import { envText, type ConfigInput } from './input.js';
import { normalUrl, urlProblem } from './url.js';

/** The built-in profile's name; a file may not use it. */
export const sandboxName = 'sandbox';

/** What the program's own sandbox accepts, so that its profile needs no file. */
export interface SandboxDeclaration {
  /** A vendor's settings there, by name, secrets included. */
  readonly credentials: (vendorId: string) => Readonly<Record<string, Json>>;
}

/** Base URL of the sandbox: SALESQ_SANDBOX_URL, by default `http://127.0.0.1:4180`. Throws `config.bad-value`. */
export function sandboxBase(input: Pick<ConfigInput, 'env'>): { url: string; origin: string } {
  const wanted = envText(input, 'SALESQ_SANDBOX_URL');
  if (wanted === null) return { url: 'http://127.0.0.1:4180', origin: 'built in' };
  const problem = urlProblem(wanted);
  if (problem !== null) {
    throw unusable({
      code: 'config.bad-value',
      message: `SALESQ_SANDBOX_URL ${problem}.`,
      hint: 'export SALESQ_SANDBOX_URL=http://127.0.0.1:4180',
    });
  }
  return { url: normalUrl(wanted), origin: 'env SALESQ_SANDBOX_URL' };
}
