const rate = 8_000;
const headerBytes = 44;

/** Bytes of a recording of so many seconds: 16 bit, mono, 8 kHz, and its header. */
export const wavSize = (seconds: number): number => headerBytes + seconds * rate * 2;

/** A RIFF/WAVE file with uncompressed PCM: a soft tone a second, its pitch told by the number. */
export function wav(seconds: number, pitch: number): Uint8Array {
  const file = Buffer.alloc(wavSize(seconds));
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20); // PCM
  file.writeUInt16LE(1, 22); // channels
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32); // bytes in a sample
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(file.length - headerBytes, 40);
  for (let place = 0; place < seconds * rate; place += 1) {
    file.writeInt16LE(sample(place, pitch), headerBytes + place * 2);
  }
  return file;
}

/** Steps of a scale, faded in and out so that nothing clicks. */
function sample(place: number, pitch: number): number {
  const second = Math.floor(place / rate);
  const within = (place % rate) / rate;
  const hertz = 220 * 2 ** (((pitch + second * 5) % 12) / 12);
  return Math.round(8_000 * Math.sin(Math.PI * within) * Math.sin(2 * Math.PI * hertz * within));
}
