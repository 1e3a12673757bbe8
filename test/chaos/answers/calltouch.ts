import { readFileSync } from 'node:fs';
import type { Cleared } from '../../../src/core/number.js';
import calltouch from '../../../src/vendors/calltouch/index.js';
import { cleared } from '../../support/rows.js';
import type { Endpoint, OwnAnswer } from './endpoint.js';
import { operationOf, push } from './endpoint.js';
import { pushed } from './rules.js';

const folder = new URL('../../../fixtures/vendors/calltouch/', import.meta.url);

interface Documented {
  readonly file: string;
  readonly status: number;
  readonly outcome: string;
}
const documented = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8')) as Documented[];

const ref = (index: number): string => String(index).padStart(24, 'c');
const row = (index: number): Cleared =>
  cleared(index, ref(index), {
    matching: [{ type: 'call', callParams: { callId: index } }],
    addComment: 'x',
  });
const contact = cleared(1, ref(1), {
  matching: [{ type: 'callContact', callContactParams: { phones: ['79161234567'] } }],
  addComment: 'x',
});

const done = (callId: unknown, more: object = {}): object => ({
  callInfo: { callId, callReferenceId: null, sipCallId: null },
  requestInfo: null,
  commented: true,
  error: null,
  ...more,
});
const none = { callInfo: null, requestInfo: null, commented: false, error: 'Лид не найден' };
const results = (...comments: unknown[]): object => ({ meta: [], data: { comments } });

const says = (name: string, value: unknown, ends: readonly string[], status = 200): OwnAnswer => ({
  name,
  body: () => (typeof value === 'string' ? value : JSON.stringify(value)),
  status,
  ends,
});
const violation = (...paths: string[]): object => ({
  meta: [],
  data: {
    type: 'validationError',
    apiErrorData: null,
    validationErrorData: {
      violations: paths.map((fieldPath) => ({ fieldPath, message: 'This value should not be blank.' })),
    },
  },
});
const [yes, doubt] = ['delivered', 'in-doubt'];
const deep = '['.repeat(50_000) + ']'.repeat(50_000);

const own: readonly OwnAnswer[] = [
  says('ids as text', results(done('1'), done('2'), done('3')), [yes]),
  says('in another order', results(done(3), done(2), done(1)), [doubt, yes, doubt]),
  says('turned by one', results(done(2), done(3), done(1)), [doubt]),
  says('one too few', results(done(1), done(2)), [doubt]),
  says('one too many', results(done(1), done(2), done(3), done(4)), [doubt]),
  says('none', results(), [doubt]),
  says('one twice', results(done(1), done(1), done(3)), [yes, doubt, yes]),
  says('a stranger', results(done(1), done(9), done(3)), [yes, doubt, yes]),
  says('no lead for one', results(done(1), none, done(3)), [yes, 'rejected', yes]),
  says('no lead for any', results(none, none, none), ['rejected']),
  says('commented as text', results(done(1, { commented: 'true' }), done(2), done(3)), [doubt, yes, yes]),
  says('commented as a number', results(done(1, { commented: 1 }), done(2), done(3)), [doubt, yes, yes]),
  says('commented with an error', results(done(1, { error: 'x' }), done(2), done(3)), [doubt, yes, yes]),
  says('a result that is null', results(null, done(2), done(3)), [doubt, yes, yes]),
  says('a result that is a list', results([], done(2), done(3)), [doubt, yes, yes]),
  says('results with 400', results(done(1), done(2), done(3)), [doubt], 400),
  says('results as a map', { meta: [], data: { comments: { 0: done(1), 1: done(2), 2: done(3) } } }, [doubt]),
  says(
    'a violation of one row',
    violation('comments[1].addComment'),
    ['deferred', 'rejected', 'deferred'],
    400,
  ),
  says(
    'violations of two rows',
    violation('comments[0].addComment', 'comments[2].matching'),
    ['rejected', 'deferred', 'rejected'],
    400,
  ),
  says('a violation of no row', violation('comments'), ['rejected'], 400),
  says(
    'a violation of a row that was not sent',
    violation('comments[99].addComment'),
    ['rejected|deferred|in-doubt'],
    400,
  ),
  says('a violation with 500', violation('comments[0].addComment'), [doubt], 500),
  says('the message of a wrong token', { message: 'Access token не найден' }, ['deferred credentials']),
  says('the message of no access', { meta: [], data: { message: 'Ошибка доступа' } }, [
    'deferred credentials',
  ]),
  says('another message', { message: 'Сервис временно недоступен' }, [doubt]),
  says('another message in data', { meta: [], data: { message: 'timeout' } }, [doubt]),
  says(
    'another type of error',
    { meta: [], data: { type: 'apiError', apiErrorData: { code: 5 }, validationErrorData: null } },
    [doubt],
  ),
  says(
    'an id too large to be kept',
    `{"data":{"comments":[{"callInfo":{"callId":12345678901234567890},"commented":true,"error":null},${JSON.stringify(none)},${JSON.stringify(none)}]}}`,
    [`${yes}|${doubt}`, 'rejected|in-doubt', 'rejected|in-doubt'],
  ),
  says(
    'a lead that is very deep',
    `{"data":{"comments":[{"callInfo":{"callId":1,"x":${deep}},"commented":true,"error":null},${JSON.stringify(done(2))},${JSON.stringify(done(3))}]}}`,
    [`${yes}|${doubt}`, `${yes}|${doubt}`, `${yes}|${doubt}`],
  ),
  says(
    'a comment that is echoed',
    results(done(1, { error: null, text: 'x'.repeat(100_000) }), done(2), done(3)),
    [yes],
  ),
];

const common = { vendor: calltouch, covers: 'comment', kind: 'push', writes: true, rule: pushed } as const;

export const calltouchEndpoints: readonly Endpoint[] = [
  {
    ...common,
    id: 'calltouch comment',
    rows: 3,
    yes: () => results(done(1), done('2'), done(3)),
    decisive: [['data'], ['data', 'comments']],
    own,
    run: (context) => push(operationOf(calltouch, 'comment'), context, {}, [row(1), row(2), row(3)]),
  },
  {
    ...common,
    id: 'calltouch comment, by contact',
    rows: 1,
    yes: () => results(done(4711)),
    decisive: [['data'], ['data', 'comments'], ['data', 'comments', 0], ['data', 'comments', 0, 'commented']],
    own: [
      ...documented.map(({ file, status, outcome }) => ({
        name: `${file}, ${status}`,
        body: () => readFileSync(new URL(file, folder), 'utf8'),
        status,
        ends: [outcome === 'deferred' ? 'deferred credentials' : outcome],
      })),
      says(
        'an id too large to be kept',
        JSON.stringify(results(done(1))).replace(':1,', ':12345678901234567890,'),
        [yes],
      ),
    ],
    run: (context) => push(operationOf(calltouch, 'comment'), context, {}, [contact]),
  },
];
