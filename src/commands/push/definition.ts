import type { PushOperation, Vendor } from '../../core/vendor.js';
import type { CommandDefinition } from '../app.js';
import { planOptions, sendOptions } from './flags.js';

/** The command of a push, made from what its operation declares. */
export function pushDefinition(vendor: Vendor, operation: PushOperation): CommandDefinition {
  const from = { flags: '--from <file>', about: 'read the rows from this file, or - for stdin' };
  const given = operation.argumentField;
  return {
    args: given !== undefined ? `[${given}...]` : operation.optionField === undefined ? '<file>' : '[file]',
    options: [...operation.options, ...(given === undefined ? [] : [from]), ...planOptions, ...sendOptions],
    more: [
      'Fields:',
      ...operation.fields.map(
        (field) => `  ${field.name}${field.required ? ' (required)' : ''}: ${field.about}`,
      ),
      ...(operation.freeColumn ? ['  any other column travels under its own name'] : []),
      '',
      `Sends at most ${operation.limits.usual ?? operation.limits.items} rows a request, ${operation.pace.perSecond} requests a second unless the profile or --rate says otherwise.`,
      'The same file again continues its run; no row is sent twice.',
    ],
    run: async (app, invocation) => (await import('./run.js')).runPush(app, vendor, operation, invocation),
  };
}
