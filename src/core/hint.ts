/** Commands of a hint stand between backticks: `salesq …`. */
const commandInHint = /`(salesq [^`]+)`/g;

/** A hint whose commands mean the place, so that each can be pasted as it is shown. */
export const hintIn = (place: { command(words: string): string }, hint: string): string =>
  hint.replaceAll(commandInHint, (_shown, words: string) => `\`${place.command(words)}\``);

/** A word as a shell takes it. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
