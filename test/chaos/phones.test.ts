import { expect, it } from 'vitest';
import { pushExcel, pushSpellings } from './phones/pushes.js';

// What a single number is read as is tested in test/core/phone.test.ts.
it('no Excel form leaves by any push, and eight spellings of a person are one contact', async () => {
  const excel = await pushExcel();
  expect(excel).toMatchObject({ sent: 0, faults: [] });
  expect(excel.cells).toBeGreaterThanOrEqual(200);
  expect((await pushSpellings(['DE', 'GB', 'IT', 'RU'])).faults).toEqual([]);
});
