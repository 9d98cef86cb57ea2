import { diagnosticOf } from '../base/diagnostic.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import type { InputStore } from '../inputs/store.ts';

/** The rules of `--rules` files, and what is wrong with these. */
export async function readProjectRules(
  files: readonly string[],
  store: InputStore,
): Promise<{ rules: Rule[]; problems: { file: string; diagnostic: Diagnostic }[] }> {
  const rules: Rule[] = [];
  const problems: { file: string; diagnostic: Diagnostic }[] = [];
  if (files.length === 0) return { rules, problems };
  // The libraries for YAML take longer to load than a kernel takes to check.
  const { decodeRulesText, parseRulesFile } = await import('../checks/kernel/project/file.ts');
  const known = new Map<string, string>();
  for (const file of files) {
    try {
      const text = decodeRulesText(await store.config(await store.see(file, file)), file);
      const parsed = parseRulesFile(text, file, known);
      rules.push(...parsed.rules);
      problems.push(...parsed.problems.map((diagnostic) => ({ file, diagnostic })));
    } catch (error) {
      problems.push({ file, diagnostic: diagnosticOf(error) });
    }
  }
  return { rules, problems };
}
