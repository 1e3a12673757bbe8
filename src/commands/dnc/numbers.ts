import { openConfig, openSource } from '../../compose.js';
import { unusable, usageError } from '../../core/errors.js';
import { plainText } from '../../core/json.js';
import type { PhoneRule } from '../../core/phone-key.js';
import { readPhone } from '../../core/phone.js';
import { conceptsOf } from '../../core/synonyms.js';
import type { App, Invocation } from '../app.js';
import { listSource } from '../push/number-list.js';

/** How numbers are read here: by the flags, else by the profile if there is one. */
async function ruleOf(app: App, { options }: Invocation): Promise<PhoneRule> {
  const flags = {
    country: typeof options['country'] === 'string' ? options['country'] : null,
    phoneFormat: typeof options['phoneFormat'] === 'string' ? options['phoneFormat'] : null,
  };
  const config = await openConfig(app, flags);
  const name =
    app.flags.profile ??
    (app.env['SALESQ_PROFILE'] || null) ??
    config.defaultProfile ??
    config.profileNames[0];
  const profile = config.profile(name);
  return { country: profile.country, format: profile.phoneFormat };
}

/** The numbers given as arguments or by `--from`, as E.164. One that cannot be read refuses all: throws (exit 6). */
export async function numbersOf(app: App, invocation: Invocation): Promise<string[]> {
  const rule = await ruleOf(app, invocation);
  const from = invocation.options['from'];
  const texts = typeof from === 'string' ? await fileNumbers(app, from) : invocation.args;
  if (texts.length === 0)
    throw usageError({ code: 'usage.no-rows', message: 'Give at least one number, or --from a file' });
  return texts.map((text, index) => {
    const reading = readPhone(text, rule);
    if (reading.ok) return reading.e164;
    throw unusable({
      code: reading.problem.code,
      message: `Number ${index + 1}: ${reading.problem.message}; nothing was changed`,
      hint: 'Write it with + and country code, or give --country or --phone-format',
    });
  });
}

async function fileNumbers(app: App, path: string): Promise<string[]> {
  const source = listSource(await openSource(app, { path, skipInvalid: false }), 'number');
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
