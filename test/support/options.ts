import { readOptions, withSettings, type Given } from '../../src/commands/options.js';
import type { JsonObject } from '../../src/core/json.js';
import type { VendorSettings } from '../../src/core/secret.js';
import type { Specs, Values } from '../../src/core/value.js';
import type { OptionValues, PushOperation } from '../../src/core/vendor.js';

/** Settings of a profile of which only these values are asked. */
export const settingsOf = (values: JsonObject): VendorSettings => ({
  url: '',
  perSecond: null,
  concurrency: null,
  timeoutMs: null,
  account: null,
  secrets: {},
  values,
});

/** The values of a command's options, as the program reads them from a command line and a profile. */
export const valuesOf = <S extends Specs>(
  specs: S,
  given: Given = {},
  settings: JsonObject = {},
): Values<S> => withSettings(specs, readOptions(specs, given, 'command'), settingsOf(settings), 'vendor');

/** The options of a run of an operation that opens no files. */
export const runOptionsOf = async (
  { options, checkOptions }: Pick<PushOperation, 'options' | 'checkOptions'>,
  given: Given = {},
  settings: JsonObject = {},
): Promise<OptionValues> => {
  const values = valuesOf(options, given, settings) as OptionValues;
  const files = { json: () => Promise.reject(new Error('no file is read')) };
  return (await checkOptions?.(values, files, settingsOf(settings))) ?? values;
};
