import type { Edit } from '../../chaos/wrong/builds.js';

/** A build of the program with one wrong idea about data that passes through, and the play that shows it. */
export interface WrongExact {
  readonly name: string;
  /** The wrong idea, in a sentence. */
  readonly idea: string;
  readonly edits: readonly Edit[];
  /** Name of the play. */
  readonly play: string;
}

const json = 'core/json.js';

export const wrongExacts: readonly WrongExact[] = [
  {
    name: 'reads-as-the-language-does',
    idea: 'what JSON.parse reads is what was written',
    edits: [{ file: json, from: 'mayLose.test(text) ? readTokens(text).value : value', to: 'value' }],
    play: 'Comunik8 data in cells',
  },
  {
    name: 'writes-as-the-language-does',
    idea: 'what was read exactly is written exactly by itself',
    edits: [{ file: json, from: 'isOrdinary(value)\n', to: 'true\n' }],
    play: 'Sales_Q update',
  },
  {
    name: 'knows-deliveries-by-their-values',
    idea: 'two deliveries with equal values are one that came twice',
    edits: [
      {
        file: 'webhook/judge.js',
        from: 'sha256(writeJson(content))',
        to: 'sha256(JSON.stringify(JSON.parse(writeJson(content))))',
      },
    ],
    play: 'a delivery: printed, stored, listed',
  },
  {
    name: 'keeps-long-numbers-as-texts',
    idea: 'a number that does not fit may travel as a text',
    edits: [
      {
        file: 'input/json.js',
        from: 'numberOf(token.value)',
        to: '(String(Number(token.value)) === token.value ? Number(token.value) : token.value)',
      },
    ],
    play: 'Comunik8 data of NDJSON',
  },
  {
    name: 'believes-in-short-ids',
    idea: 'an id that is a number fits into one',
    edits: [{ file: json, from: 'return value.whole();', to: 'return null;' }],
    play: 'Sales_Q import, and ids',
  },
  {
    name: 'takes-keys-as-they-come',
    idea: 'Object.entries gives keys in the order they were written',
    edits: [{ file: 'vendors/mmdial/client.js', from: 'entriesOf(values)', to: 'Object.entries(values)' }],
    play: 'mmDial form fields',
  },
];
