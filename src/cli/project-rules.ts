import { Option, type Command } from 'commander';
import { SEVERITIES, type Severity } from '../base/choices.ts';
import { type Diagnostic, diagnosticOf } from '../base/diagnostic.ts';
import type { InputFile } from '../bundle/inputs.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { InputStore } from '../inputs/store.ts';
import type { AnyReport } from '../reports/output-schema.ts';
import { collect, profileOption } from './command.ts';
import { printReport } from './output.ts';

/** What kernels are checked for, and what fails. */
export interface RulesOptions {
  /** Files. */
  rules?: string[];
  severity: Severity;
}

export const withRules = (command: Command): Command =>
  command
    .option('--rules <file>', "the project's own kernel rules (YAML); may be repeated", collect)
    .addOption(profileOption())
    .addOption(
      new Option('--severity <severity>', 'the lowest severity that fails')
        .choices(SEVERITIES)
        .default('error'),
    );

interface RulesProblem {
  file: string;
  /** `null`: it cannot be read. */
  text: string | null;
  diagnostic: Diagnostic;
}

interface ProjectRules {
  rules: Rule[];
  /** Where they are from. */
  ruleFiles: InputFile[];
}

/** The rules of `--rules` files, and what is wrong with these. */
async function readFiles(
  files: readonly string[],
  store: InputStore,
): Promise<ProjectRules & { problems: RulesProblem[] }> {
  const rules: Rule[] = [];
  const ruleFiles: InputFile[] = [];
  const problems: RulesProblem[] = [];
  if (files.length === 0) return { rules, ruleFiles, problems };
  // The libraries for YAML take longer to load than a kernel takes to check.
  const { decodeRulesText, parseRulesFile } = await import('../checks/kernel/project/file.ts');
  const known = new Map<string, string>();
  const { optionFile } = await import('../inputs/input-files.ts');
  for (const [index, file] of files.entries()) {
    try {
      const seen = await store.see(file, file);
      const text = decodeRulesText(await store.config(seen), file);
      ruleFiles.push(optionFile(files.length > 1 ? `--rules.${index}` : '--rules', file, seen, store));
      const parsed = parseRulesFile(text, file, known);
      rules.push(...parsed.rules);
      problems.push(...parsed.problems.map((diagnostic) => ({ file, text, diagnostic })));
    } catch (error) {
      problems.push({ file, text: null, diagnostic: diagnosticOf(error) });
    }
  }
  return { rules, ruleFiles, problems };
}

/** The rules of `--rules` files; `null`: something is wrong with them, which is reported. */
export async function projectRules(
  command: AnyReport['command'],
  { rules: files = [] }: RulesOptions,
  store: InputStore,
  isJson: boolean,
): Promise<ProjectRules | null> {
  const { problems, ...read } = await readFiles(files, store);
  if (problems.length === 0) return read;
  const { problemFacts, reportProblems } = await import('./cell-files.ts');
  if (isJson) {
    const findings = problems.map(({ file, text, diagnostic }) => problemFacts(file, text, diagnostic, null));
    await printReport(command, { ok: false, findings, subjects: [] });
  } else {
    for (const { file, text, diagnostic } of problems) await reportProblems(file, text, [diagnostic]);
  }
  return null;
}
