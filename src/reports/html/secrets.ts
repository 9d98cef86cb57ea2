/** A parameter's name and its `=`, or an option of init and the blanks before its value. */
const ASSIGNMENT = /(?<![\w.-])(?:([\w.-]+(?:\[[\w.-]*\])?)=|(?<!\S)--?([\w.-]+)[ \t]+(?=[^\s-]))/g;

/** Words of a name that tell that its value is nobody's business. */
const SECRET =
  /^(?:pin|auth|otp|jwt|bearer|keys|.*key\d*|.*(?:(?<!by)pass|passwd|password|passphrase|passcode|pwd|pw|psk|secret|token|cookie|credential|cred)s?\d*)$/i;

/** Values of kconfig symbols are no secrets, but what is assigned inside of one may be. */
const isSecret = (name: string): boolean =>
  !name.startsWith('CONFIG_') && name.split(/[._[\]-]|(?<=[a-z])(?=[A-Z])/).some((word) => SECRET.test(word));

/** `https://user:password@host`, `https://token@host`, `iscsi:user:password@host` */
const IN_ADDRESS = /(:\/\/|\biscsi:)[^\s/@"']+(?:@[^\s/@"']+)*@/g;

const HIDDEN = '[hidden]';

/** An item of a YAML list, with blanks in it: `- password=a b`, the line maybe after its number. */
const LIST_ITEM = /(?:^|[|\n])[ \t]*-[ \t]+$/;
const FLOW_ITEM = /[[,][ \t]*$/;

/** Where the pattern is found next; it is found at the end. */
function next(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)!.index;
}

/**
 * The end of a word as Linux reads it: a quote in it begins or ends a part with blanks. An open one ends with its line,
 * or with the text if the word began with it, as YAML and JSON have it.
 */
function endOfWord(text: string, quote: string, start: number, isQuoted: boolean): number {
  let within = isQuoted;
  for (let at = start; at < text.length; at++) {
    const character = text[at]!;
    if (character === quote) within = !within;
    else if (within ? character === '\n' && !isQuoted : /\s/.test(character)) return at;
  }
  return text.length;
}

/** Where a value ends: with its quotes, or with those that its word began with; an open one never ends. */
function endOfValue(text: string, nameAt: number, start: number): number {
  // YAML and JSON escape the quotes inside of a quoted text.
  const [opening] = /^\\?["']/.exec(text.slice(start, start + 2)) ?? [];
  if (opening !== undefined) return endOfWord(text, opening.at(-1)!, start + opening.length, true);
  const before = text[nameAt - 1];
  if (before === '"' || before === "'") {
    const end = endOfWord(text, before, start, true);
    return text[end - 1] === before ? end - 1 : end;
  }
  const end = endOfWord(text, '"', start, false);
  const line = text.slice(Math.max(0, nameAt - 100), nameAt);
  if (LIST_ITEM.test(line)) return next(/\n|$/g, text, end);
  if (FLOW_ITEM.test(line)) return next(/[\],\n]|$/g, text, end);
  return end;
}

/** A text without the values of `password=...`, `rd.luks.key=...` and the like, wherever they are in it. */
export function withoutSecrets(text: string): string {
  const addresses = text.replace(IN_ADDRESS, `$1${HIDDEN}@`);
  let result = '';
  let at = 0;
  for (const match of addresses.matchAll(ASSIGNMENT)) {
    const { index } = match;
    if (index < at || !isSecret(match[1] ?? match[2]!)) continue;
    const start = index + match[0].length;
    const end = endOfValue(addresses, index, start);
    if (end === start) continue;
    result += `${addresses.slice(at, start)}${HIDDEN}`;
    at = end;
  }
  return result + addresses.slice(at);
}
