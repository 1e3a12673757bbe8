import iconv from 'iconv-lite';
import { unusable } from '../core/errors.js';
import { printable } from './problems.js';

const latin1 = new Set(['iso-8859-1', 'iso8859-1', 'iso88591', 'iso_8859-1', 'latin1', 'latin-1', 'l1']);
const ascii = new Set(['ascii', 'us-ascii', 'utf8', 'utf-8-sig', 'utf8-bom']);

/**
 * The one name an encoding is known by here, in lower case (`utf-8`, `utf-16le`, `windows-1252`, …), for any label
 * the WHATWG Encoding Standard or a DOS code page (`cp850`) has for it. `utf-16` stays as it is: a byte order mark
 * decides. `iso-8859-1` is kept apart from windows-1252, and ASCII is read as UTF-8, which contains it.
 * @throws UserError `input.bad-encoding-name`
 */
export function encodingName(label: string): string {
  const name = label.trim().toLowerCase();
  if (latin1.has(name)) return 'iso-8859-1';
  if (ascii.has(name)) return 'utf-8';
  if (name === 'utf-16' || name === 'utf16') return 'utf-16';
  const known = whatwgName(name) ?? (/^cp\d{3,5}$/.test(name) ? name : null);
  if (known !== null && iconv.encodingExists(known)) return known;
  throw unusable({
    code: 'input.bad-encoding-name',
    message: `"${printable(label).slice(0, 40)}" is not an encoding known here.`,
    hint: 'Known are utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1, windows-1251, koi8-r, cp850 and other usual names.',
  });
}

function whatwgName(label: string): string | null {
  const spelled = label.replace(/^(?:windows|win|cp)[-_]?(125\d)$/, 'windows-$1').replace(/^utf16/, 'utf-16');
  try {
    return new TextDecoder(spelled).encoding;
  } catch {
    return null;
  }
}
