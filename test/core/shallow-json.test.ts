import { expect, it } from 'vitest';
import { parseShallow } from '../../src/core/json.js';

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

it('reads JSON, but nothing deeper than can be written again', () => {
  expect(parseShallow('{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
  expect(parseShallow(nested(100))).toBeDefined();
  expect(parseShallow(nested(200))).toBeUndefined();
  expect(parseShallow(nested(100_000))).toBeUndefined();
  expect(parseShallow('{"a":')).toBeUndefined();
});
