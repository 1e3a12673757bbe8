/** `$NAME`, `${NAME}`, `${NAME:-other}`: what a shell or a template puts a value in for. */
const variable = String.raw`\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*[^{}]*\})`;
const somewhere = new RegExp(variable);
const alone = new RegExp(`^\\s*${variable}\\s*$`);

/** True where nothing put the value of a variable into this text. */
export const holdsVariable = (text: string): boolean => somewhere.test(text);

/** True where the whole text is a variable: of a secret, which may well hold a `$`, no other form shows that its value is missing. */
export const isVariable = (text: string): boolean => alone.test(text);

/** True for nothing, and for white space alone. */
export const isBlank = (text: string): boolean => text.trim() === '';
