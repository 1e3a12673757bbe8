import type { JsonObject } from '../../../src/core/json.js';
import { parseJson } from '../../../src/core/json.js';
import type { Case } from './case.js';
import { whisper } from './case.js';
import type { Played } from './world.js';

/** Exit codes a command may end with here: the vendors say yes, so nothing is refused, lost or in doubt. */
const documented = new Set([0, 2, 3, 6, 8]);
const refused = new Set([2, 6]);

/** Codes whose place in the file is always known. */
const placed = new Set([
  'input.ragged',
  'input.bad-quote',
  'input.not-an-object',
  'input.duplicate-key',
  'input.unclosed-quote',
]);

const isDry = ({ args }: Case): boolean => args.includes('--dry-run');

/** What is wrong with how a case ended; none where everything is as it should be. */
export function faultsOf(one: Case, played: Played): string[] {
  const { code, signal, stdout } = played;
  const faults: string[] = [];
  if (code === null || !documented.has(code)) faults.push(`exit ${code ?? signal}`);
  const document = parseJson(stdout) as JsonObject | undefined;
  const plain = one.args.includes('--output') || one.args.includes('-o');
  if (!plain && (document === undefined || stdout.trim().split('\n').length > 1))
    faults.push(`stdout is not one JSON document (${stdout.length} characters)`);
  if (code !== null && refused.has(code) && played.received.length > 0)
    faults.push('something was sent of a refused file');
  if (one.mustRefuse && code !== null && !refused.has(code))
    faults.push(`a broken file was taken (exit ${code})`);
  if ((isDry(one) || one.leads === null) && played.received.length > 0)
    faults.push('something was sent by what must not send');
  if (document && code !== null)
    faults.push(...errorFaults(one, code, document), ...countFaults(document, played));
  // eslint-disable-next-line no-control-regex -- what is said must not steer a terminal
  if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(played.stderr))
    faults.push('control characters on stderr');
  faults.push(...sentFaults(one, played), ...leaks(one, played));
  return faults;
}

function errorFaults(one: Case, code: number, document: JsonObject): string[] {
  const error = document['error'] as { code?: string; message?: string; hint?: string | null } | undefined;
  if (!error) return refused.has(code) ? [`exit ${code} without an error`] : [];
  const { code: name = '', message = '', hint } = error;
  const faults: string[] = [];
  if (!/^[a-z]+\.[a-z0-9-]+$/.test(name)) faults.push(`the error's code is ${JSON.stringify(name)}`);
  if (message === '' || message.length > 20_000)
    faults.push(`${name}: a message of ${message.length} characters`);
  // What a mapping or a flag lacks is said of the column or the flag: any file would lack it.
  const ofFile =
    /^(?:input|script|config|file)\.|^map\.(?:bad|invalid)/.test(name) && name !== 'input.bad-encoding-name';
  const said = printable(`${message} ${hint ?? ''}`);
  if (code === 6 && ofFile && !one.named.some((text) => said.includes(printable(text))))
    faults.push(`${name} does not name the file`);
  if (placed.has(name) && !/\b(?:row|line|column) \d/.test(message))
    faults.push(`${name} does not say where`);
  return faults;
}

const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');

/** Every row has one state, and as many were sent as are said to be. */
function countFaults(document: JsonObject, { sent }: Played): string[] {
  const counts = document['counts'] as Record<string, number> | undefined;
  if (document['schema'] !== 'salesq/push@1' || !counts) return [];
  const { rows = 0, ...states } = counts;
  const sum = Object.values(states).reduce((total, count) => total + count, 0);
  const faults = sum === rows ? [] : [`${rows} rows, but the states add up to ${sum}`];
  if (document['dryRun'] !== true && sent.length > (counts['delivered'] ?? 0))
    faults.push(`${sent.length} people were sent, ${counts['delivered'] ?? 0} are said to be`);
  return faults;
}

/** Digits as they stand in the input, whatever it is encoded in. */
function digitsOf(bytes: Buffer): string[] {
  const texts = [
    bytes.toString('latin1'),
    bytes.toString('utf16le'),
    Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le'),
  ];
  return texts.map((text) =>
    text
      .normalize('NFKC')
      .replace(/\\u003([0-9])/g, '$1')
      .replace(/[^\d]/g, ''),
  );
}

/** Nobody is called whose number is not in the input: a number that was repaired is somebody else's. */
function sentFaults({ leads }: Case, { sent }: Played): string[] {
  if (sent.length === 0) return [];
  const texts = leads === null ? [] : digitsOf(leads);
  const strangers = sent.filter(
    (number) => !texts.some((text) => text.includes(number.replace(/\D/g, '').replace(/^0+/, '').slice(-9))),
  );
  return strangers.length === 0
    ? []
    : [`${strangers.length} numbers were sent that do not stand in the input`];
}

/** What a cell holds belongs in no message; a header may be named, so a file without one is no witness. */
function leaks(one: Case, { stderr, stdout }: Played): string[] {
  if (
    /UTF-7|no header|title|cut|shuffled|part lost|lost|one cell|line end inside|twice|inside|turned|zeros|csv|ids/.test(
      one.what,
    ) ||
    one.id.startsWith('flags')
  )
    return [];
  const told = stderr + (stdout.includes('salesq/error@1') ? stdout : '');
  return told.includes(whisper) ? ['a cell is quoted in a message'] : [];
}
