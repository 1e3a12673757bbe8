import type { Problem } from '../../core/row.js';

/**
 * Keys of a lead that belong to Sales_Q itself (docs/vendors/sales-q.md#data-points): a data point of that name would
 * collide.
 */
const systemKeys = new Set([
  'id',
  'Status',
  'state',
  'Comment',
  'chathistory',
  'script',
  'Phone',
  'phone',
  'mappingId',
]);

/**
 * No dots and no special characters, which are not listed; a sample name has a space
 * (docs/vendors/sales-q.md#data-points).
 */
const allowedName = /^[\p{L}\p{M}\p{N}_-]+(?: [\p{L}\p{M}\p{N}_-]+)*$/u;

/** Whether a column may travel as a Sales_Q data point under its own name; null if it may. */
export function checkDataPointName(name: string): Problem | null {
  if (systemKeys.has(name)) {
    return {
      code: 'field.reserved-name',
      message: `Column "${name}" cannot travel as a data point: Sales_Q uses that name itself. Rename or ignore it in a map file`,
      column: name,
    };
  }
  if (!allowedName.test(name)) {
    return {
      code: 'field.forbidden-name',
      message:
        `Column "${name}" cannot travel as a data point: Sales_Q allows letters, digits, "_", "-" and single spaces in a name, ` +
        'no dots or other special characters. Rename or ignore it in a map file',
      column: name,
    };
  }
  return null;
}
