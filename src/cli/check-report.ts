import { wrap } from '../base/wrap.ts';
import { coverageLine } from '../checks/coverage.ts';
import type { Severity } from '../base/choices.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { fromHere, placeFromHere } from '../inputs/from-here.ts';
import type { NamedFiles } from '../inputs/prepare.ts';
import { reportFacts } from '../reports/json.ts';
import { isFailing, type CheckReport } from '../reports/report.ts';
import { TOOL_NAME, TOOL_VERSION } from '../base/version.ts';
import type { CheckFormat } from './exit.ts';
import { factsOf, planOf, rulesOf } from './facts.ts';
import { ruleTexts, sourcesOf } from '../reports/rule-texts.ts';
import { placed, type CheckFindings, type Findings } from '../reports/findings.ts';
import { toJson, type Look } from './output.ts';
import type { Reading } from './reading.ts';
import { renderFindings, verdict, verdictOfAll } from './report.ts';

/** What a check found. */
export interface CheckResult {
  /** One for each manifest, or the one of the files. */
  findings: readonly CheckFindings[];
  /** `null`: manifests were checked. */
  files: NamedFiles | null;
}

/** With the lowest severity that fails. */
type FullReading = Reading & Required<Pick<Reading, 'severity'>>;

const projectRules = ({ findings }: CheckResult): Rule[] =>
  findings.flatMap(({ kernel }) => kernel?.rules ?? []);

const isFine = ({ diagnostics, skipped }: Findings, failsFrom: Severity): boolean =>
  skipped === undefined && !diagnostics.some((diagnostic) => isFailing(diagnostic, failsFrom));

export const isOk = ({ findings }: CheckResult, failsFrom: Severity): boolean =>
  findings.every((each) => isFine(each, failsFrom));

/** What is told of a cell that passes: the bar of its memory. */
async function planLines({ planned }: CheckFindings, look: Look): Promise<string[]> {
  if (planned === null) return [];
  const { drawBriefly } = await import('../reports/plan-picture.ts');
  const { paintPlan, planWidth } = await import('./plan-colors.ts');
  const line = drawBriefly(planned.cell, planned.plan, planWidth(look) - 2, paintPlan(look));
  return line === null ? [] : [`  ${line}`];
}

/** What is told of a machine: who has what of it. */
async function machineLines({ shared }: CheckFindings, look: Look): Promise<string[]> {
  if (!shared) return [];
  const { drawMachine } = await import('../machine/picture.ts');
  const { planWidth } = await import('./plan-colors.ts');
  return [`${drawMachine(shared.system, shared.cells, planWidth(look)).join('\n')}\n`];
}

/** How much was checked, and what the rest needs. */
function coverageLines(findings: CheckFindings, look: Look): string[] {
  const coverage = rulesOf(findings);
  if (coverage === null) return [];
  return [`  ${wrap(coverageLine(coverage), look.width, { start: 2, indent: 4, files: [] })}`];
}

async function encodeText({ findings }: CheckResult, look: Look, reading: FullReading): Promise<string> {
  const { severity, quiet, short } = reading;
  const told = quiet ? findings.filter((each) => !isFine(each, severity)) : findings;
  const texts: string[] = [];
  for (const each of told) {
    texts.push(...renderFindings(each, look, sourcesOf(each), reading));
    if (!quiet && !short) texts.push(...(await machineLines(each, look)));
    texts.push(verdict(each, look, severity, quiet || short ? [] : coverageLines(each, look)));
    if (isFine(each, severity) && !quiet && !short) texts.push(...(await planLines(each, look)));
  }
  return [...texts, ...(told.length === 0 ? [] : verdictOfAll(findings, look, severity))]
    .map((text) => `${text}\n`)
    .join('');
}

async function encodeJson(result: CheckResult, failsFrom: Severity): Promise<string> {
  const { findings, files } = result;
  const subjects = findings.map(async (each) => ({
    file: each.file,
    cell: each.part ?? null,
    ok: isFine(each, failsFrom),
    inputs: files && { ...files, initrd: [...files.initrd] },
    rules: rulesOf(each),
    plan: await planOf(each),
  }));
  const report = reportFacts('check', {
    ok: isOk(result, failsFrom),
    findings: findings.flatMap(factsOf),
    subjects: await Promise.all(subjects),
  });
  return `${toJson(report)}\n`;
}

async function reportOf(result: CheckResult, failsFrom: Severity): Promise<CheckReport> {
  const subjects = result.findings.map((each) => {
    const coverage = rulesOf(each);
    return {
      file: fromHere(each.file),
      ...(each.part === undefined ? {} : { part: each.part }),
      findings: each.diagnostics.map((diagnostic) => {
        const { place, related, ...told } = placed(each, diagnostic);
        return { ...told, place: placeFromHere(place), related: related && placeFromHere(related) };
      }),
      ...(each.skipped === undefined ? {} : { skipped: each.skipped }),
      ...(coverage === null ? {} : { coverage }),
    };
  });
  return { failsFrom, subjects, rules: ruleTexts(projectRules(result)) };
}

/** A report in full, with the line end of its last line. */
export async function encodeCheck(
  result: CheckResult,
  format: CheckFormat,
  reading: FullReading,
  look: Look,
): Promise<string> {
  const { severity: failsFrom } = reading;
  switch (format) {
    case 'text':
      return encodeText(result, look, reading);
    case 'json':
      return encodeJson(result, failsFrom);
    case 'sarif': {
      const { encodeSarif } = await import('../reports/sarif.ts');
      return encodeSarif(await reportOf(result, failsFrom), { name: TOOL_NAME, version: TOOL_VERSION });
    }
    case 'gitlab': {
      const { encodeGitlab } = await import('../reports/gitlab.ts');
      return encodeGitlab(await reportOf(result, failsFrom));
    }
    case 'github': {
      const { encodeGithub } = await import('../reports/github.ts');
      return encodeGithub(await reportOf(result, failsFrom));
    }
    case 'junit': {
      const { encodeJunit } = await import('../reports/junit.ts');
      return encodeJunit(await reportOf(result, failsFrom));
    }
  }
}
