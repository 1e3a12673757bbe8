import type { Secret } from '../../../src/core/secret.js';
import { runMain } from '../../support/in-process.js';
import { secrets } from '../secrets/canaries.js';
import type { Blot, ShowError } from '../secrets/direct.js';

/** An error printer that shows what a library said, address and all. */
export const quotesErrors: ShowError = (error, _format, terminal) => {
  terminal.error(error instanceof Error ? error.message : String(error));
  return Promise.resolve(1);
};

/** An error printer that trusts the language's own errors to quote code alone. */
export const trustsTheLanguage: ShowError = (error, _format, terminal) => {
  const own = error instanceof Error && ['TypeError', 'RangeError', 'ReferenceError'].includes(error.name);
  terminal.detail(own && !('code' in error) ? `${error.name}: ${error.message}` : 'Error');
  return Promise.resolve(1);
};

/** Blots a secret out only where it stands as it is. */
export const blotsAsItIs: Blot = (result, known) => {
  if (result.kind !== 'answer') return result;
  const text = new TextDecoder().decode(result.body);
  const clean = known.reduce((rest, one: Secret) => rest.replaceAll(one.reveal(), '[secret]'), text);
  return { ...result, body: new TextEncoder().encode(clean) };
};

/** A program that says which address a request failed at. */
export const showsTheAddress: typeof runMain = async (args, world) => {
  const ended = await runMain(args, world);
  const address = `https://dialler.example.com/lead/add?key=${encodeURIComponent(secrets.comunik8Key)}`;
  return ended.code === 0 ? ended : { ...ended, stderr: `${ended.stderr}at ${address}\n` };
};

/** A program that shows with -v what it was started with. */
export const showsItsWorld: typeof runMain = async (args, world) => {
  const ended = await runMain(args, world);
  return { ...ended, stderr: `${JSON.stringify(world.env)}\n${ended.stderr}` };
};
