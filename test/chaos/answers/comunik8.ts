import { readFileSync } from 'node:fs';
import type { SealedObject } from '../../../src/core/number.js';
import type { OptionValues } from '../../../src/core/vendor.js';
import comunik8 from '../../../src/vendors/comunik8/index.js';
import { cleared, number } from '../../support/rows.js';
import type { Endpoint, OwnAnswer } from './endpoint.js';
import { operationOf, push } from './endpoint.js';
import { pushed } from './rules.js';

const folder = new URL('../../../fixtures/vendors/comunik8/', import.meta.url);

interface Documented {
  readonly file: string;
  readonly operation: string;
  readonly status: number;
  readonly outcome: string;
}
const documented = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')) as Documented[];

/** The answers the document prints, with the outcome its Fail States give them. */
const fixtures = (wanted: string): OwnAnswer[] =>
  documented
    .filter(({ operation }) => operation === wanted)
    .map(({ file, status, outcome }) => ({
      name: `${file}, ${status}`,
      body: () => readFileSync(new URL(file, folder), 'utf8'),
      status,
      ends: [outcome],
    }));

const says = (name: string, value: unknown, ends: string, status = 200): OwnAnswer => ({
  name,
  body: () => (typeof value === 'string' ? value : JSON.stringify(value)),
  status,
  ends: [ends],
});

const addAnswers = [
  says('processed and not saved', { saved: false, processed: true }, 'in-doubt'),
  says(
    'processed with an error',
    { saved: true, processed: true, error: 'Existing Contact' },
    'in-doubt|already',
  ),
  says('saved alone', { saved: true }, 'in-doubt'),
  says('flags as text', { saved: 'true', processed: 'true' }, 'delivered'),
  says('flags as numbers', { saved: 1, processed: 1 }, 'in-doubt'),
  says('a test answer to a real lead', { test: 'ok' }, 'in-doubt'),
  says('the answer of a cancel', { cancelled: true }, 'in-doubt'),
  says('field errors with 200', { email: { 0: 'Email cannot be blank.' } }, 'rejected'),
  says('field errors with 500', { email: { 0: 'Email cannot be blank.' } }, 'in-doubt', 500),
  says('a refusal in words of its own', { saved: true, processed: false, error: 'too late' }, 'rejected'),
  says(
    'an unknown type, without quotes',
    '{"saved":true,"processed":false,"error":Unknown Type}',
    'in-doubt',
  ),
  says('an error without flags', { error: 'database gone' }, 'in-doubt'),
  says('words that begin like a refusal', { error: 'Unknown Type of fault' }, 'in-doubt'),
];

const cancelAnswers = [
  says('cancelled with a warning', { cancelled: true, warning: 'not found' }, 'in-doubt'),
  says('cancelled as text', { cancelled: 'true' }, 'delivered'),
  says('cancelled as a number', { cancelled: 1 }, 'in-doubt'),
  says('cut inside the unquoted warning', '{"cancelled":false,"warning":server error (ca', 'in-doubt'),
  says('unquoted and cancelled', '{"cancelled":true,"warning":server error (call group)}', 'in-doubt'),
  says('the answer of an add', { saved: true, processed: true }, 'in-doubt'),
];

const mobile = number('+447400123456', '07400123456');
const added = {
  email: 'eva@example.com',
  first_name: 'Eva',
  surname: 'M',
  mobile,
  type: 'motor-trade',
};

const endpoint = (
  id: string,
  covers: string,
  payload: SealedObject,
  of: Pick<Endpoint, 'yes' | 'decisive' | 'own' | 'otherwise'>,
  options: OptionValues = {},
): Endpoint => ({
  id,
  vendor: comunik8,
  covers,
  kind: 'push',
  rows: 1,
  writes: true,
  rule: pushed,
  ...of,
  run: (context) =>
    push(operationOf(comunik8, covers), context, options, [cleared(1, 'a'.repeat(24), payload)]),
});

export const comunik8Endpoints: readonly Endpoint[] = [
  endpoint('comunik8 add', 'add', added, {
    yes: () => ({ saved: true, processed: true }),
    decisive: [['processed']],
    own: [...fixtures('add'), ...addAnswers],
  }),
  endpoint(
    'comunik8 add --test',
    'add',
    { ...added, test: true },
    {
      yes: () => ({ test: 'ok' }),
      decisive: [['test']],
      // A test stores nothing: what is no proof of it may count as refused.
      otherwise: Object.fromEntries(
        [400, 404, 408, 409, 413, 418, 422].map((status) => [`${status} with success`, 'in-doubt|rejected']),
      ),
      own: [
        ...fixtures('add-test'),
        says('the flag was not seen', { saved: true, processed: true }, 'delivered alarm'),
        says(
          'the flag was not seen, refused',
          { saved: true, processed: false, error: 'Unknown Type' },
          'rejected alarm',
        ),
        says('ok and more', { test: 'ok', note: 'x' }, 'in-doubt'),
        says('OK', { test: 'OK' }, 'in-doubt'),
      ],
    },
    { test: true },
  ),
  endpoint(
    'comunik8 cancel',
    'cancel',
    { mobile, type: 'motor-trade' },
    {
      yes: () => ({ cancelled: true }),
      decisive: [['cancelled']],
      own: [...fixtures('cancel'), ...cancelAnswers],
    },
  ),
];
