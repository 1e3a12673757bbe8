import type { Json } from '../../../core/json.js';
import { readScript } from './script.js';

/** The script "created at the start of the project", used by leads that bring none: a solar adviser's first talk. */
const elements: Json = [
  {
    state: '1',
    content: 'Guten Tag {Anrede} {Nachname}, hier ist Lena von Sonnendach Musterstadt.',
    next: '2',
  },
  {
    state: '2',
    content:
      'Sie hatten sich online für eine Solaranlage interessiert. Ist das noch aktuell?\n A) Ja\n B) Nein\n C) Später',
    next: [
      { answer: 'Ja', next: '3', value: true },
      { answer: 'Nein', next: '8', value: false },
      { answer: 'Später', next: '6', value: 'später' },
    ],
    dataconnect: 'Interesse',
  },
  {
    state: '3',
    content: 'Schön! Um was für ein Gebäude geht es?\n A) Einfamilienhaus\n B) Mehrfamilienhaus\n C) Gewerbe',
    next: [
      { answer: 'A', next: '4', value: 'Einfamilienhaus' },
      { answer: 'B', next: '4', value: 'Mehrfamilienhaus' },
      { answer: 'C', next: '4', value: 'Gewerbe' },
    ],
    dataconnect: 'Gebäude',
  },
  {
    state: '4',
    content: 'Wie hoch ist Ihr Stromverbrauch im Jahr ungefähr?',
    next: '5',
    dataconnect: 'Stromverbrauch',
  },
  {
    state: '5',
    content: 'Danke. Wann dürfen wir Sie anrufen?\n A) Morgens\n B) Mittags\n C) Abends',
    next: [
      { answer: 'A', next: '7', value: 'morgens' },
      { answer: 'B', next: '7', value: 'mittags' },
      { answer: 'C', next: '7', value: 'abends' },
    ],
    dataconnect: 'Wann kontaktieren',
  },
  {
    state: '6',
    content: 'Kein Problem. In welchem Monat sollen wir uns wieder melden?',
    next: '8',
    dataconnect: 'Wiedervorlage',
  },
  {
    state: '7',
    content: 'Vielen Dank! Unsere Beraterin ruft Sie in den nächsten Tagen {Wann kontaktieren} an.',
    next: '7',
  },
  { state: '8', content: 'Danke für Ihre Antwort. Wir wünschen Ihnen alles Gute!', next: '8' },
];

export const campaignScript = readScript(elements);
