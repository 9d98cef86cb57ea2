import { ARCHITECTURES } from '../../../base/choices.ts';
import type { ProjectCode } from '../../../base/codes.ts';
import { InputError, type ManifestPath } from '../../../base/diagnostic.ts';
import { isAtLeast, parseKernelVersion } from '../../../formats/kernel/version.ts';
import { pathText, problem, quoted, type Problem } from '../../../formats/yaml/problem.ts';
import { parseYaml, type TextKind, type YamlText } from '../../../formats/yaml/yaml.ts';
import { describeAssignment } from '../required-symbols.ts';
import type { Rule } from '../rule.ts';
import { RULES } from '../rules/index.ts';
import { issueProblems } from '../../../formats/yaml/issues.ts';
import { RULES_WORDS } from './issues.ts';
import { ruleSchema, rulesFileSchema, type WrittenRule } from './schema.ts';

const RULES_FILE: TextKind = {
  area: 'rules',
  longest: 1 << 20,
  mostTokens: 60_000,
  oneDocument: 'a rules file is one document: put all rules into one list, or into several files',
};

/** The rules of a project that are known so far, each with the file that it stands in. */
export type KnownRules = Map<string, string>;

/** @throws InputError `rules/encoding` unless the bytes are UTF-8 */
export function decodeRulesText(file: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new InputError('rules/encoding', `${shown} is not UTF-8 text`, {
      fix: 'give a YAML file with `rules:`',
    });
  }
}

const listed = <T>(one: T | readonly T[]): readonly T[] => [one].flat() as T[];

/** Hex stays hex; what YAML reads as a number in another way becomes a decimal one. */
function writtenValue(tree: YamlText, value: string | number, path: ManifestPath): string {
  if (typeof value === 'string') return value;
  const text = tree.numberText(path) ?? '';
  return /^(?:0x[0-9a-fA-F]+|-?[0-9]+)$/.test(text) ? text : String(value);
}

/** To YAML 5.10 is the number 5.1. */
const writtenVersion = (tree: YamlText, value: string | number, path: ManifestPath): string =>
  typeof value === 'string' ? value : (tree.numberText(path) ?? String(value));

const bare = (symbol: string): string => symbol.replace(/^CONFIG_/, '');

function writtenValues(tree: YamlText, value: WrittenRule['value'], path: ManifestPath): string[] {
  if (!Array.isArray(value)) return [writtenValue(tree, value, path)];
  return value.map((each, index) => writtenValue(tree, each, [...path, index]));
}

function kernelOf(tree: YamlText, kernel: WrittenRule['when']['kernel'], path: ManifestPath) {
  if (!kernel) return {};
  const { from, before } = kernel;
  return {
    kernel: {
      ...(from === undefined ? {} : { from: writtenVersion(tree, from, [...path, 'from']) }),
      ...(before === undefined ? {} : { before: writtenVersion(tree, before, [...path, 'before']) }),
    },
  };
}

function toRule(tree: YamlText, rule: WrittenRule, path: ManifestPath, name: string): Rule {
  const { when, severity } = rule;
  const symbols = listed(rule.symbol).map(bare);
  const values = writtenValues(tree, rule.value, [...path, 'value']);
  const set = symbols.map((symbol) => describeAssignment(symbol, values[0]!)).join(', ');
  return {
    // The schema's pattern says so.
    id: rule.id as ProjectCode,
    reason: rule.reason,
    when: {
      architecture: when.architecture === undefined ? [...ARCHITECTURES] : listed(when.architecture),
      ...kernelOf(tree, when.kernel, [...path, 'when', 'kernel']),
      ...(when.cmdline === undefined ? {} : { cmdline: when.cmdline }),
      ...(when.cell === undefined ? {} : { cell: when.cell }),
      ...(when.initrd === undefined ? {} : { initrd: when.initrd }),
    },
    wanted: { symbol: symbols, value: values },
    severity: typeof severity === 'string' ? { strict: severity, mainline: severity } : severity,
    ...(rule.symptom === undefined ? {} : { symptom: rule.symptom }),
    fix: rule.fix ?? `build the kernel with: ${set}`,
    source: rule.source ?? name,
  };
}

/** What the schema cannot say. */
function checkRule(tree: YamlText, rule: Rule, path: ManifestPath, known: KnownRules): Problem[] {
  const other = known.get(rule.id);
  if (other !== undefined) {
    const message = `\`${rule.id}\` is already a rule of ${other}`;
    return [problem('rules/duplicate', tree.valueRange([...path, 'id']), message, 'give each its own id')];
  }
  const kernel: ManifestPath = [...path, 'when', 'kernel'];
  const bounds = Object.entries(rule.when.kernel ?? {}) as [string, string][];
  const odd = bounds.filter(([, text]) => !/^\d{1,4}\.\d{1,4}$/.test(text));
  if (odd.length > 0) {
    return odd.map(([key, text]) => {
      const message = `\`${pathText([...kernel, key])}\` must be a kernel version, not ${quoted(text)}`;
      return problem('rules/value', tree.valueRange([...kernel, key]), message, `as in \`${key}: 5.10\``);
    });
  }
  const { from = '', before = '' } = rule.when.kernel ?? {};
  const [first, end] = [parseKernelVersion(from), parseKernelVersion(before)];
  if (!first || !end || !isAtLeast(first, end)) return [];
  const message = `there is no version from ${from} on and before ${before}`;
  return [
    problem(
      'rules/range',
      tree.valueRange(kernel),
      message,
      '`before` is the first version that the rule does not apply to',
    ),
  ];
}

const isOurs = (id: unknown): boolean => RULES.some((rule) => rule.id === id);

/** @returns the rule at `rules[index]`; what is wrong with it goes to `problems` */
function readRule(
  tree: YamlText,
  value: unknown,
  index: number,
  name: string,
  known: KnownRules,
  problems: Problem[],
): Rule[] {
  const path = ['rules', index];
  const id: unknown =
    typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined;
  if (isOurs(id)) {
    const message = `\`${String(id)}\` is a built-in rule`;
    const fix =
      'begin the id of a project rule with project/; to change a built-in rule, use a waiver or the profile';
    problems.push(problem('rules/built-in', tree.valueRange([...path, 'id']), message, fix));
    return [];
  }
  const result = ruleSchema.safeParse(value);
  if (!result.success) {
    problems.push(...result.error.issues.flatMap((issue) => issueProblems(issue, tree, RULES_WORDS, path)));
    return [];
  }
  const rule = toRule(tree, result.data, path, name);
  const found = checkRule(tree, rule, path, known);
  if (!known.has(rule.id)) known.set(rule.id, name);
  problems.push(...found);
  return found.length === 0 ? [rule] : [];
}

/**
 * Reads a project's own kernel rules: YAML with a list `rules` of maps with the fields of {@link Rule}.
 *
 * @param name the file's, for rules that are there twice
 * @param known the rules of files that were read before; those of this one are added
 */
export function parseRulesFile(
  text: string,
  name: string,
  known: KnownRules = new Map(),
): { rules: Rule[]; problems: Problem[] } {
  const tree = parseYaml(text, RULES_FILE);
  const problems: Problem[] = [...tree.problems];
  const rules: Rule[] = [];
  if (tree.readable) {
    const result = rulesFileSchema.safeParse(tree.data);
    if (result.success) {
      rules.push(
        ...result.data.rules.flatMap((rule, index) => readRule(tree, rule, index, name, known, problems)),
      );
    } else {
      problems.push(...result.error.issues.flatMap((issue) => issueProblems(issue, tree, RULES_WORDS)));
    }
  }
  const inOrder = problems.toSorted((a, b) => a.range.start - b.range.start);
  return { rules, problems: inOrder };
}
