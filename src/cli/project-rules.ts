import { diagnosticOf } from '../base/diagnostic.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { InputStore } from '../inputs/store.ts';
import { colorsFor, printNote } from './output.ts';
import { renderDiagnostic } from './report.ts';

/** The rules of `--rules` files; `null` where these have problems, which are told on standard error. */
export async function readProjectRules(files: readonly string[], store: InputStore): Promise<Rule[] | null> {
  if (files.length === 0) return [];
  // The libraries for YAML take longer to load than a kernel takes to check.
  const { decodeRulesText, parseRulesFile } = await import('../checks/kernel/project/file.ts');
  const known = new Map<string, string>();
  const rules: Rule[] = [];
  let isFine = true;
  for (const file of files) {
    try {
      const text = decodeRulesText(await store.config(await store.see(file, file)), file);
      const parsed = parseRulesFile(text, file, known);
      rules.push(...parsed.rules);
      isFine &&= parsed.problems.length === 0;
      for (const problem of parsed.problems)
        await printNote(renderDiagnostic('', problem, colorsFor(process.stderr), null));
    } catch (error) {
      isFine = false;
      await printNote(renderDiagnostic('', diagnosticOf(error), colorsFor(process.stderr), null));
    }
  }
  return isFine ? rules : null;
}
