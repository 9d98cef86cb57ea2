import type { Diagnostic, ManifestPath, Severity } from '../diagnostic.ts';
import { readEvidence, type ConfigEvidence, type KernelEvidence, type KernelFacts } from './evidence.ts';
import type { MissingConfig } from '../kernel/ikconfig.ts';
import { describeSymbol } from '../kernel/kconfig.ts';
import { checkRequirement, describeAssignment, hasValue, symbolName } from './requirements.ts';
import type { Breach, Rule, RuleSeverity } from './rule.ts';
import { CONFIG_MISSING, projectRule, RULES } from './rules.ts';
import { isAtLeast, parseKernelVersion } from '../kernel/version.ts';

function severityOf(severity: RuleSeverity, { version }: KernelFacts): Severity {
  if (typeof severity === 'string') return severity;
  const since = parseKernelVersion(severity.since);
  return version && since && isAtLeast(version, since) ? severity.newer : severity.older;
}

const needsConfig = ({ wanted }: Rule): boolean => 'symbol' in wanted || wanted.needs.includes('config');

function findBreach({ wanted }: Rule, facts: KernelFacts): Breach | null {
  if ('judge' in wanted) return wanted.judge(facts);
  const { config } = facts;
  const { symbol } = wanted;
  const values = typeof wanted.value === 'string' ? [wanted.value] : wanted.value;
  if (!config || values.some((value) => hasValue(config, symbol, value))) return null;
  const message = describeSymbol(config, symbol);
  const requested = values.map((value) => describeAssignment(symbol, value)).join(' or ');
  const mend = [{ symbol, value: values[0]! }];
  return { message, requested, actual: message, about: 'config', symbol, mend };
}

/** Where the manifest names what shows a breach; a config inside the image has no place of its own. */
function pathOf(about: Breach['about'], { source }: ConfigEvidence): ManifestPath {
  if (about === 'cmdline' || about === 'initrd' || about === 'cell') return [about];
  return ['kernel', about === 'config' && source === 'file' ? 'config' : 'image'];
}

function checkRule(rule: Rule, evidence: KernelEvidence, facts: KernelFacts): Diagnostic | null {
  const breach = findBreach(rule, facts);
  if (!breach) return null;
  return {
    code: rule.id,
    severity: breach.severity ?? severityOf(rule.severity[facts.profile], facts),
    message: `${breach.message}: ${rule.reason}`,
    requested: breach.requested,
    actual: breach.actual,
    symptom: rule.symptom,
    hint: breach.fix ?? rule.fix,
    ...(breach.mend ? { mend: breach.mend } : {}),
    path: pathOf(breach.about, evidence.config),
  };
}

const NAME_IT = 'name its .config as kernel.config in the manifest';

function explainMissing(why: MissingConfig): { because: string; hint: string } {
  switch (why.kind) {
    case 'not-built-in':
      return {
        because: 'none is built into the image',
        hint: `${NAME_IT}, or build the kernel with CONFIG_IKCONFIG=y`,
      };
    case 'not-decodable':
      return {
        because:
          why.compression === 'unknown'
            ? "the image's payload is packed in a way that is not known"
            : `the image's payload is packed with ${why.compression}, which is not unpacked here`,
        hint: `${NAME_IT}, or build the kernel with CONFIG_KERNEL_GZIP=y and CONFIG_IKCONFIG=y`,
      };
    case 'not-located':
      return {
        because: why.because,
        hint: NAME_IT,
      };
  }
}

function missingConfig(why: MissingConfig, unchecked: readonly string[]): Diagnostic[] {
  if (unchecked.length === 0) return [];
  const { because, hint } = explainMissing(why);
  return [
    {
      code: CONFIG_MISSING,
      severity: 'error',
      message: `there is no kernel config (${because}), so these rules could not be checked: ${unchecked.join(', ')}`,
      hint,
      path: ['kernel', 'image'],
    },
  ];
}

/**
 * Checks a kernel's evidence against every rule for its architecture and against the project's requirements.
 * Without a config, one finding stands for all the rules that need it. The config's own problems come last.
 */
export function checkKernel(evidence: KernelEvidence): Diagnostic[] {
  const facts = readEvidence(evidence);
  const rules = RULES.filter(({ when }) => when.architecture.includes(evidence.architecture));
  const broken = rules.map((rule) => checkRule(rule, evidence, facts)).filter((finding) => finding !== null);
  const requirements = Object.entries(evidence.require);

  if (evidence.config.source === 'none') {
    const unchecked = [
      ...rules.filter(needsConfig).map(({ id }) => id),
      ...requirements.map(([name]) => projectRule(symbolName(name))),
    ];
    return [...broken, ...missingConfig(evidence.config.why, unchecked)];
  }
  const { config } = evidence.config;
  const required = requirements
    .map(([name, wanted]) => checkRequirement(config, name, wanted))
    .filter((finding) => finding !== null);
  const path = pathOf('config', evidence.config);
  return [...broken, ...required, ...config.problems.map((problem) => ({ ...problem, path }))];
}
