import type { OptionSpec } from '../../core/vendor.js';

/** Where numbers come from and how they are read. */
export const numberOptions: readonly OptionSpec[] = [
  {
    flags: '--from <file>',
    about: 'one number a line, or a table with a column number or phone; - for stdin',
  },
  { flags: '--country <code>', about: 'country of national phone numbers: DE' },
  { flags: '--phone-format <format>', about: 'e164, intl-digits, national or auto' },
];
