import { unusable, usageError } from '../../core/errors.js';
import { plainText } from '../../core/json.js';
import type { PhoneRule } from '../../core/phone-key.js';
import { readPhone, type PhoneReading } from '../../core/phone.js';
import { conceptsOf } from '../../core/synonyms.js';
import type { App, Invocation } from '../app.js';
import { listSource } from '../push/number-list.js';

/** `--country` and `--phone-format`, as typed. */
export const readingFlags = ({ options }: Invocation): { country?: string; phoneFormat?: string } => ({
  ...(typeof options['country'] === 'string' ? { country: options['country'] } : {}),
  ...(typeof options['phoneFormat'] === 'string' ? { phoneFormat: options['phoneFormat'] } : {}),
});

/**
 * The numbers given as arguments or by `--from`: of each the E.164 forms the rules read it as, one at least. One that no
 * rule can read refuses all: throws (exit 6).
 */
export async function numbersOf(
  app: App,
  invocation: Invocation,
  rules: readonly PhoneRule[],
): Promise<string[][]> {
  const from = invocation.options['from'];
  const texts = typeof from === 'string' ? await fileNumbers(app, from) : invocation.args;
  if (texts.length === 0)
    throw usageError({ code: 'usage.no-rows', message: 'Give at least one number, or --from a file' });
  return texts.map((text, index) => {
    const readings = rules.map((rule) => readPhone(text, rule));
    const forms = readings.flatMap((reading) => (reading.ok ? [reading.e164] : []));
    if (forms.length > 0) return [...new Set(forms)];
    throw unreadable(readings[0], index);
  });
}

const unreadable = (reading: PhoneReading | undefined, index: number): Error => {
  const problem = reading && !reading.ok ? reading.problem : { code: 'phone.invalid', message: 'No number' };
  return unusable({
    code: problem.code,
    message: `Number ${index + 1}: ${problem.message}; nothing was changed`,
    hint: 'Write it with + and country code, or give --country or --phone-format',
  });
};

async function fileNumbers(app: App, path: string): Promise<string[]> {
  const source = listSource(await app.ports.input({ path, skipInvalid: false }), 'number');
  const numbers: string[] = [];
  try {
    for await (const { columns, values } of source.rows()) {
      const at = columns.findIndex((column) => column === 'number' || conceptsOf(column).includes('phone'));
      if (at < 0)
        throw unusable({
          code: 'map.no-phone',
          message: `${path} has no column number or phone`,
          hint: 'Name the column "number"',
        });
      const text = plainText(values[at]);
      if (text !== '') numbers.push(text);
    }
  } finally {
    await source.close();
  }
  return numbers;
}
