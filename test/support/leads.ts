/** Numbers the German regulator keeps free for film and fiction: nobody can be called. */
export const fictitious = (index: number): string =>
  index < 100
    ? `+4917139200${String(index).padStart(2, '0')}`
    : `+49176040690${String(index - 100).padStart(2, '0')}`;

export const digits = (index: number): string => fictitious(index).slice(1);

/** A CSV of so many people, header first. */
export function leadsCsv(count: number, from = 0): string {
  const lines = Array.from(
    { length: count },
    (_, index) => `${fictitious(from + index)};Eva;Muster ${index}`,
  );
  return ['Telefon;Vorname;Nachname', ...lines, ''].join('\n');
}

/** A config file with one profile whose Sales_Q is at that address. */
export const configFor = (url: string, extra = ''): string =>
  `profiles:\n  acme:\n    country: DE\n${extra}    vendors:\n      sales-q: { url: "${url}", token: "env:TEST_TOKEN", rate: 1000/s }\n`;

export const tokenEnv = { TEST_TOKEN: 'CANARY-token-0001' };
