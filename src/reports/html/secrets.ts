/** A parameter's name and its `=`; within quotes the whole word is quoted. */
const ASSIGNMENT = /(?<![\w.-])([\w.-]+)=/g;

/** Words of a name that tell that its value is nobody's business. */
const SECRET =
  /^(?:pass|passwd|rootpw|pwd|psk|pin|auth|credentials?|.*(?:password|passphrase|secret|token|key))$/i;

/** Values of kconfig symbols are no secrets, but what is assigned inside of one may be. */
const isSecret = (name: string): boolean =>
  !name.startsWith('CONFIG_') && name.split(/[._-]|(?<=[a-z])(?=[A-Z])/).some((word) => SECRET.test(word));

/** `https://user:password@host` */
const IN_ADDRESS = /(:\/\/[^\s/:@]*):[^\s/@]*@/g;

const HIDDEN = '[hidden]';

/** After the next `end`; the text's end if there is none. */
const after = (text: string, end: string, from: number): number => {
  const at = text.indexOf(end, from);
  return at < 0 ? text.length : at + end.length;
};

/** Where a value ends: with its quotes, or with those that its word began with; an open one never ends. */
function endOfValue(text: string, nameAt: number, start: number): number {
  // YAML and JSON escape the quotes inside of a quoted text.
  const [quote] = /^\\?["']/.exec(text.slice(start, start + 2)) ?? [];
  if (quote !== undefined) return after(text, quote, start + quote.length);
  if (text[nameAt - 1] === '"') return after(text, '"', start) - 1;
  const blank = /\s|$/g;
  blank.lastIndex = start;
  return blank.exec(text)!.index;
}

/** A text without the values of `password=...`, `rd.luks.key=...` and the like, wherever they are in it. */
export function withoutSecrets(text: string): string {
  const addresses = text.replace(IN_ADDRESS, `$1:${HIDDEN}@`);
  let result = '';
  let at = 0;
  for (const match of addresses.matchAll(ASSIGNMENT)) {
    const { index } = match;
    if (index < at || !isSecret(match[1]!)) continue;
    const start = index + match[0].length;
    const end = endOfValue(addresses, index, start);
    if (end === start) continue;
    result += `${addresses.slice(at, start)}${HIDDEN}`;
    at = end;
  }
  return result + addresses.slice(at);
}
