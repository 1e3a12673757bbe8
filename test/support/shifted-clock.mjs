/**
 * Loaded before the program (NODE_OPTIONS=--import): its clock is wrong by as many milliseconds as the file that
 * SHIFTED_CLOCK names holds. The file is read at each look, so that the clock can be set while the program runs.
 */
import { readFileSync } from 'node:fs';

const right = Date.now.bind(Date);
const file = process.env.SHIFTED_CLOCK;

Date.now = () => {
  try {
    return right() + Number(readFileSync(file, 'utf8'));
  } catch {
    return right();
  }
};
