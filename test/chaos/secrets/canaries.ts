/**
 * Texts that belong nowhere. Each begins with a mark of letters and digits alone, which stays whole in an address, in
 * JSON and in a form; behind it stand characters that do not.
 */
export const canary = (number: number, rest = '+/&?="\'ü %'): string =>
  `CNRY${String(number).padStart(2, '0')}x${rest}`;

/** What only the vendors, or nobody, may ever see. */
export const secrets = {
  salesQToken: canary(1),
  comunik8Key: canary(2),
  calltouchToken: canary(3, '-_.~!*'),
  mmdialPassword: canary(4, ':ä"'),
  urlLogin: canary(6, ''),
  urlQuery: canary(7, ''),
  ledgerFlag: canary(8, ''),
  ledgerEnv: canary(9, ''),
  ledgerProfile: canary(10, ''),
  sandboxUrl: canary(11, ''),
  strangersEnv: canary(12),
  proxy: canary(13, ''),
  secondLine: canary(14),
  commandTold: canary(15, ''),
  commandLine: canary(16, ''),
  openFile: canary(17),
  brokenYaml: canary(18),
  forgedToken: canary(19),
  cookie: canary(20, ''),
  sandboxToken: canary(22, ''),
} as const;

/** What is about a person: data on stdout and in the ledger, never on stderr and never in an error. */
export const personal = {
  lastName: 'PRSN01Meier',
  email: 'PRSN02@example.com',
  street: 'PRSN03-Weg 7',
  notes: 'PRSN04 ruft abends zurück',
  secondName: 'PRSN05',
  phone: '1713920077',
} as const;

const marks = /CNRY\d\d/g;

/** The mark in base64, wherever it begins within its three bytes; the digits are left out. */
const base64 = ['CNRY', '\0CNRY', '\0\0CNRY'].map((text, shift) => {
  const whole = Buffer.from(text, 'latin1').toString('base64').replace(/=+$/, '');
  return whole.slice(shift === 0 ? 0 : shift + 1, shift === 1 ? -1 : shift === 2 ? undefined : -1);
});
const hex = Buffer.from('CNRY').toString('hex');

/** Marks of secrets in some bytes, in whatever form; none where all is well. */
export function secretsIn(bytes: Buffer | string): string[] {
  const latin = typeof bytes === 'string' ? bytes : bytes.toString('latin1');
  const wide = typeof bytes === 'string' ? '' : bytes.toString('utf16le');
  const found = [...(latin.match(marks) ?? []), ...(wide.match(marks) ?? [])];
  if (base64.some((text) => latin.includes(text))) found.push('base64');
  if (latin.toLowerCase().includes(hex)) found.push('hex');
  return [...new Set(found)];
}

/** Which personal texts stand in a text. */
export const personalIn = (text: string): string[] =>
  Object.entries(personal)
    .filter(([name, value]) =>
      name === 'phone' ? text.replace(/[\s()/-]/g, '').includes(value) : text.includes(value.slice(0, 6)),
    )
    .map(([name]) => name);
