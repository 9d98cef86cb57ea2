// Reads the Kconfig files of a Linux source tree, as far as it takes to know what governs a symbol.
// The language: Linux, Documentation/kbuild/kconfig-language.rst and kconfig-macro-language.rst.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const TYPES = new Set(['bool', 'tristate', 'int', 'hex', 'string']);

/**
 * An expression: a symbol's name or `y`, `m`, `n`; or `['not', of]`, `['and', ...]`, `['or', ...]`, `['equal', name, value]`,
 * `['unequal', name, value]`. What is constant is worked out.
 */
export function negate(of) {
  if (of === 'y') return 'n';
  return of === 'n' ? 'y' : ['not', of];
}

function join(kind, neutral, absorbing, expressions) {
  const parts = expressions.flatMap((each) => (each[0] === kind ? each.slice(1) : [each]));
  const different = new Map(parts.map((each) => [JSON.stringify(each), each]));
  different.delete(JSON.stringify(neutral));
  const left = [...different.values()];
  if (left.includes(absorbing)) return absorbing;
  return left.length > 1 ? [kind, ...left] : (left[0] ?? neutral);
}

export const allOf = (...expressions) => join('and', 'y', 'n', expressions);
export const anyOf = (...expressions) => join('or', 'n', 'y', expressions);

const compare = (kind, left, right) => {
  const isConstant = (word) => /^(?:[ymn]|".*"|'.*')$/.test(word);
  const bare = (word) => word.replaceAll(/^["']|["']$/g, '');
  if (isConstant(left) && isConstant(right))
    return (bare(left) === bare(right)) === (kind === 'equal') ? 'y' : 'n';
  return [kind, bare(left), bare(right)];
};

const TOKEN = /\s*(&&|\|\||!=|[<>]=?|[=!()]|"[^"]*"|'[^']*'|[\w.-]+)/gy;

export function parseExpression(text) {
  const tokens = [...text.matchAll(TOKEN)].map((match) => match[1]);
  if (tokens.join('') !== text.replaceAll(/\s/g, '')) throw new Error(`not understood: ${text}`);
  let at = 0;
  const take = (token) => tokens[at] === token && ++at > 0;
  const operand = () => {
    if (take('!')) return negate(operand());
    if (take('(')) {
      const inner = alternatives();
      at++;
      return inner;
    }
    const left = tokens[at++];
    if (take('=')) return compare('equal', left, tokens[at++]);
    if (take('!=')) return compare('unequal', left, tokens[at++]);
    if (/^[<>]/.test(tokens[at] ?? '')) {
      // Only versions of compilers are compared so; those of today are newer.
      at += 2;
      return 'y';
    }
    return left.replaceAll(/^["']|["']$/g, '');
  };
  const conjunction = () => {
    const parts = [operand()];
    while (take('&&')) parts.push(operand());
    return allOf(...parts);
  };
  const alternatives = () => {
    const parts = [conjunction()];
    while (take('||')) parts.push(conjunction());
    return anyOf(...parts);
  };
  return alternatives();
}

/** What is left of an expression where the symbols that nothing defines are off. */
export function withoutUnknown(expression, isKnown) {
  if (typeof expression === 'string')
    return /^[ymn]$/.test(expression) || isKnown(expression) ? expression : 'n';
  const [kind, ...parts] = expression;
  if (kind === 'equal' || kind === 'unequal') {
    return isKnown(parts[0]) ? expression : compare(kind, 'n', parts[1] === '' ? 'n' : parts[1]);
  }
  const simple = parts.map((each) => withoutUnknown(each, isKnown));
  if (kind === 'not') return negate(simple[0]);
  return kind === 'and' ? allOf(...simple) : anyOf(...simple);
}

/** `$(cc-option,-mfoo)` and its like ask the compiler; a compiler of today says yes. */
function expandMacros(text, environment) {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    if (!text.startsWith('$(', at)) {
      result += text[at];
      continue;
    }
    let depth = 0;
    let end = at + 1;
    do {
      if (text[end] === '(') depth++;
      if (text[end] === ')') depth--;
      end++;
    } while (depth > 0 && end < text.length);
    const name = text.slice(at + 2, end - 1);
    result += environment[name] ?? 'y';
    at = end - 1;
  }
  return result;
}

/** A line without its comment: `#` outside of quotes begins one. */
function withoutComment(line) {
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (quote) {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '#') return line.slice(0, at);
  }
  return line;
}

const QUOTED = /^\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/;
const indentOf = (line) => line.replaceAll('\t', '        ').search(/\S/);

/** Splits `VALUE if CONDITION`; quoted texts are no words. */
function splitIf(text) {
  const quoted = QUOTED.exec(text)?.[0] ?? '';
  const rest = text.slice(quoted.length);
  const found = /(?:^|\s)if\s/.exec(rest);
  if (!found) return { value: text.trim(), condition: 'y' };
  return {
    value: (quoted + rest.slice(0, found.index)).trim(),
    condition: parseExpression(rest.slice(found.index + found[0].length)),
  };
}

/**
 * @param root the source tree
 * @param environment `{ ARCH, SRCARCH }`
 * @returns a Map of symbols: `{ name, type, definitions: [{ depends, prompts, defaults, selects, choice }] }`
 */
export function readKconfig(root, environment) {
  const symbols = new Map();
  /** What surrounds an entry: menus, ifs, choices. */
  const scopes = [];
  let choices = 0;
  let entry = null;

  const symbolNamed = (name) => {
    if (!symbols.has(name)) symbols.set(name, { name, type: null, definitions: [] });
    return symbols.get(name);
  };

  const open = (name) => {
    const symbol = symbolNamed(name);
    const choice = scopes.findLast(({ kind }) => kind === 'choice')?.choice ?? null;
    const definition = { scopes: [...scopes], own: [], prompts: [], defaults: [], selects: [], choice };
    symbol.definitions.push(definition);
    entry = { kind: 'config', symbol, definition };
  };

  const addDefault = (value, condition) => {
    if (entry.kind === 'config') entry.definition.defaults.push({ value, condition });
  };

  const readEntry = (word, rest) => {
    if (word === 'config' || word === 'menuconfig') return open(rest.trim());
    if (word === 'menu' || word === 'choice' || word === 'comment') {
      const scope = { kind: word, depends: [], visible: [], prompted: 'y' };
      if (word === 'choice') scope.choice = { id: choices++, scope };
      entry = { kind: word, scope };
      if (word !== 'comment') scopes.push(scope);
      return;
    }
    if (word === 'if') {
      scopes.push({ kind: 'if', depends: [parseExpression(rest)], visible: [], prompted: 'y' });
      entry = null;
      return;
    }
    if (word === 'endif' || word === 'endmenu' || word === 'endchoice') {
      scopes.pop();
      entry = null;
      return;
    }
    if (word === 'source') {
      entry = null;
      return readFile(rest.trim().replaceAll(/^"|"$/g, ''));
    }
    if (entry === null) return;
    if (word === 'depends') {
      const expression = parseExpression(rest.replace(/^\s*on\s/, ''));
      (entry.kind === 'config' ? entry.definition.own : entry.scope.depends).push(expression);
    } else if (word === 'visible') entry.scope.visible.push(parseExpression(rest.replace(/^\s*if\s/, '')));
    else if (word === 'prompt' || TYPES.has(word)) {
      if (word !== 'prompt' && entry.kind === 'config') entry.symbol.type ??= word;
      if (!QUOTED.test(rest)) return;
      const { condition } = splitIf(rest);
      if (entry.kind === 'config') entry.definition.prompts.push(condition);
      else entry.scope.prompted = condition;
    } else if (word === 'default') {
      const { value, condition } = splitIf(rest);
      addDefault(value, condition);
    } else if (word === 'def_bool' || word === 'def_tristate') {
      entry.symbol.type ??= word.slice(4);
      const { value, condition } = splitIf(rest);
      addDefault(value, condition);
    } else if (word === 'select' && entry.kind === 'config') {
      const { value, condition } = splitIf(rest);
      entry.definition.selects.push({ target: value, condition });
    }
  };

  const readFile = (name) => {
    const lines = readFileSync(path.join(root, name), 'utf8').split('\n');
    for (let index = 0; index < lines.length; index++) {
      let line = lines[index];
      while (line.endsWith('\\')) line = line.slice(0, -1) + lines[++index];
      const text = expandMacros(withoutComment(line), environment).trim();
      const [, word, rest] = /^([\w-]+)(.*)$/s.exec(text) ?? [];
      if (word === undefined || /^\s*[:+]?=/.test(rest)) continue;
      if (word === 'help' || text === '---help---') {
        let indent = null;
        while (index + 1 < lines.length) {
          const next = lines[index + 1];
          if (next.trim() !== '') {
            indent ??= indentOf(next);
            if (indent === 0 || indentOf(next) < indent) break;
          }
          index++;
        }
        continue;
      }
      readEntry(word, rest);
    }
  };

  readFile('Kconfig');
  for (const symbol of symbols.values()) {
    for (const definition of symbol.definitions) {
      const { scopes: around, own } = definition;
      definition.depends = allOf(...around.flatMap(({ depends }) => depends), ...own);
      const shown = around.flatMap(({ visible, prompted }) => [...visible, prompted]);
      definition.prompts = definition.prompts.map((condition) => allOf(...shown, condition));
    }
  }
  return symbols;
}
