import type { FindingCode } from '../../base/codes.ts';
import type { Severity } from '../../base/choices.ts';
import type { Diagnostic, ManifestPath } from '../../base/diagnostic.ts';
import {
  architectureOf,
  readEvidence,
  type ConfigEvidence,
  type GivenEvidence,
  type KernelFacts,
} from './evidence.ts';
import { appliesTo } from './conditions.ts';
import type { RuleState } from '../coverage.ts';
import { missingConfig, notJudged, partialConfig, type Unjudged } from './skipped-rules.ts';
import { checkRequirement, symbolName } from './required-symbols.ts';
import type { Breach, Rule, RuleSeverity } from './rule.ts';
import { projectRule, RULES } from './rules/index.ts';
import { hasTrait } from './cell-traits.ts';
import { judgeRule } from './judge.ts';
import { dependsOnPci } from './root.ts';
import { isUnstated } from '../../formats/kernel/kconfig.ts';
import { isAtLeast, parseKernelVersion } from '../../formats/kernel/version.ts';

/** All that the rules look at, and the project's own rules. */
export interface KernelEvidence extends GivenEvidence {
  rules: readonly Rule[];
}

/** What the rules say of a kernel. */
export interface KernelVerdict {
  findings: Diagnostic[];
  /** Ids of the rules that nobody can say anything about, for want of evidence. */
  unjudged: ReadonlySet<string>;
  /** What became of each rule. */
  states: RuleState[];
  /** Ids of the rules that it breaks, and that a kernel of its version does not depend on any more. */
  outgrown: FindingCode[];
}

function severityOf(severity: RuleSeverity, facts: KernelFacts): Severity {
  const { version, cell } = facts;
  if (typeof severity === 'string') return severity;
  if ('needed' in severity) return dependsOnPci(facts) ? severity.severity : severity.otherwise;
  if ('cell' in severity) {
    return cell && hasTrait(cell, severity.cell) ? severity.severity : severity.otherwise;
  }
  const since = parseKernelVersion(severity.since);
  return version && since && isAtLeast(version, since) ? severity.newer : severity.older;
}

/** Whether `mainline` takes the breach of a rule lightly since a release that this kernel is not older than. */
function isOutgrown({ severity: { mainline } }: Rule, breach: Breach, facts: KernelFacts): boolean {
  if (breach.severity !== undefined || typeof mainline === 'string' || !('since' in mainline)) return false;
  return severityOf(mainline, facts) !== 'error';
}

/** Where the manifest names what shows a breach; a config inside the image has no place of its own. */
function pathOf(about: Breach['about'], { source }: ConfigEvidence): ManifestPath {
  if (about === 'cmdline' || about === 'initrd' || about === 'cell') return [about];
  return ['kernel', about === 'config' && source === 'file' ? 'config' : 'image'];
}

/** A symbol's line, where the config is a file of its own. */
function lineOf({ about, symbol }: Breach, evidence: ConfigEvidence): number | undefined {
  if (about !== 'config' || symbol === undefined || evidence.source !== 'file') return undefined;
  return evidence.config.lines.get(symbol);
}

/** A problem of the config itself, without its line where the config is no file of its own. */
function placeProblem({ fileLine, ...problem }: Diagnostic, config: ConfigEvidence): Diagnostic {
  const hasLine = config.source === 'file' && fileLine !== undefined;
  return { ...problem, ...(hasLine ? { fileLine } : {}), path: pathOf('config', config) };
}

function findingOf(rule: Rule, breach: Breach, config: ConfigEvidence, facts: KernelFacts): Diagnostic {
  const fileLine = lineOf(breach, config);
  const after = breach.after ?? rule.after;
  return {
    code: rule.id,
    severity: breach.severity ?? severityOf(rule.severity[facts.profile], facts),
    message: `${breach.message}: ${rule.reason}`,
    requested: breach.requested,
    actual: breach.actual,
    ...(rule.symptom === undefined ? {} : { symptom: rule.symptom }),
    fix: breach.fix ?? rule.fix,
    ...(breach.fixSymbols ? { fixSymbols: breach.fixSymbols } : {}),
    ...(after ? { after } : {}),
    ...(fileLine === undefined ? {} : { fileLine }),
    path: pathOf(breach.about, config),
  };
}

/** The rules for the architecture; of a config for another one, there is but one thing to say. */
function rulesFor({ architecture, rules }: KernelEvidence, { config }: KernelFacts) {
  const all = [...RULES, ...rules].filter(({ when }) => when.architecture.includes(architecture));
  const isForeign = config !== null && (architectureOf(config) ?? architecture) !== architecture;
  const judged = isForeign ? all.filter(({ id }) => id === 'kernel/config-not-own') : all;
  return { all, judged, isForeign };
}

/**
 * Checks a kernel's evidence against every rule that applies, the project's own among them. Without a config, one
 * finding stands for all the rules that need it, and one for those that lack other evidence. The config's own problems
 * come last.
 */
export function judgeKernel(evidence: KernelEvidence): KernelVerdict {
  const facts = readEvidence(evidence);
  const { all, judged, isForeign } = rulesFor(evidence, facts);
  const broken: Diagnostic[] = [];
  const unjudged: Unjudged[] = [];
  const outgrown: FindingCode[] = [];
  const states = new Map<FindingCode, RuleState>();
  const become = (state: RuleState): void => void states.set(state.id, state);
  for (const { id } of [...RULES, ...evidence.rules]) become({ id, state: 'not-applicable' });
  for (const { id } of all) become({ id, state: 'lacking', lacking: ['config'] });
  for (const rule of judged) {
    const { id } = rule;
    const judgement = judgeRule(rule, facts);
    if (judgement !== null && 'lacking' in judgement) {
      unjudged.push({ id, lacking: judgement.lacking });
      become({ id, state: 'lacking', lacking: judgement.lacking });
      continue;
    }
    if (judgement === null) {
      become({ id, state: appliesTo(rule.when, facts) === false ? 'not-applicable' : 'checked' });
      continue;
    }
    const finding = findingOf(rule, judgement, evidence.config, facts);
    become({ id, state: 'checked', ...(finding.after ? { after: finding.after } : {}) });
    broken.push(finding);
    if (isOutgrown(rule, judgement, facts)) outgrown.push(id);
  }
  const lacksConfig = unjudged.filter(({ lacking }) => lacking.includes('config')).map(({ id }) => id);
  const lacksOther = unjudged.filter(({ lacking }) => !lacking.includes('config'));
  const names = Object.keys(evidence.require);
  const ruleOf = (name: string) => projectRule(symbolName(name));
  const requiredRules = names.map(ruleOf);
  const required = (isStated: (name: string) => boolean): RuleState[] =>
    names.map((name) =>
      isStated(name)
        ? { id: ruleOf(name), state: 'checked' }
        : { id: ruleOf(name), state: 'lacking', lacking: ['config'] },
    );

  if (evidence.config.source === 'none') {
    const unchecked = [...lacksConfig, ...requiredRules];
    return {
      findings: [...broken, ...missingConfig(evidence.config.why, unchecked), ...notJudged(lacksOther)],
      unjudged: new Set([...unjudged.map(({ id }) => id), ...requiredRules]),
      outgrown,
      states: [...states.values(), ...required(() => false)],
    };
  }
  const { config } = evidence.config;
  const requirements = isForeign
    ? []
    : names.map((name) => checkRequirement(config, name, evidence.require[name]!));
  const unstated = names.filter((name) => isUnstated(config, symbolName(name))).map(ruleOf);
  const skipped = isForeign
    ? [...all.map(({ id }) => id), ...requiredRules]
    : [...unjudged.map(({ id }) => id), ...unstated];
  return {
    findings: [
      ...(config.isPartial && !isForeign ? [partialConfig([...lacksConfig, ...unstated])] : []),
      ...broken,
      ...requirements.filter((finding) => finding !== null),
      ...notJudged(lacksOther),
      ...config.problems.map((problem) => placeProblem(problem, evidence.config)),
    ],
    unjudged: new Set(skipped),
    outgrown,
    states: [...states.values(), ...required((name) => !isForeign && !unstated.includes(ruleOf(name)))],
  };
}

/** The findings of {@link judgeKernel}. */
export const checkKernel = (evidence: KernelEvidence): Diagnostic[] => judgeKernel(evidence).findings;
