import { describeSymbol, isUnstated, type KernelConfig } from '../../formats/kernel/kconfig.ts';
import { appliesTo, hasParameter } from './conditions.ts';
import type { KernelFacts } from './evidence.ts';
import { describeAssignment, hasValue } from './required-symbols.ts';
import type { Breach, EvidenceKind, Rule, Wanted } from './rule.ts';

/** A breach; or nothing, since the rule holds or does not apply; or what is lacking to tell. */
export type Judgement = Breach | null | { lacking: EvidenceKind[] };

type SymbolWanted = Extract<Wanted, { symbol: unknown }>;

const list = <T>(one: T | readonly T[]): readonly T[] => [one].flat() as T[];

/** How many symbols a message names; `actual` has them all. */
const NAMED = 3;

function tellFew(texts: readonly string[]): string {
  const rest = texts.length - NAMED;
  return rest > 0 ? `${texts.slice(0, NAMED).join(', ')} and ${rest} more` : texts.join(', ');
}

function findSymbolBreach(config: KernelConfig, wanted: SymbolWanted): Breach | null {
  const symbols = list(wanted.symbol);
  const values = list(wanted.value);
  const lacking = symbols.filter(
    (symbol) => !isUnstated(config, symbol) && !values.some((value) => hasValue(config, symbol, value)),
  );
  if (lacking.length === 0) return null;
  const actual = lacking.map((symbol) => describeSymbol(config, symbol));
  const orCmdline = wanted.orCmdline === undefined ? [] : [`${wanted.orCmdline} on the cmdline`];
  const requested = lacking.map((symbol) =>
    [...values.map((value) => describeAssignment(symbol, value)), ...orCmdline].join(' or '),
  );
  return {
    message: tellFew(actual),
    requested: requested.join(', '),
    actual: actual.join(', '),
    about: 'config',
    symbol: lacking[0]!,
    fixSymbols: [...lacking.map((symbol) => ({ symbol, value: values[0]! })), ...(wanted.with ?? [])],
  };
}

function isThere(kind: EvidenceKind, facts: KernelFacts): boolean {
  if (kind === 'system') return facts.cell !== null && facts.cell.system !== null;
  return facts[kind] !== null;
}

/** What a rule needs and is not there; of alternatives the first is named. */
function lackingFor(wanted: Wanted, facts: KernelFacts): EvidenceKind[] {
  const needs = 'judge' in wanted ? wanted.needs : (['config'] as const);
  return needs
    .map(list)
    .filter((kinds) => !kinds.some((kind) => isThere(kind, facts)))
    .map((kinds) => kinds[0]!);
}

/** Without a config that says nothing of the rule's symbols. */
function factsFor(wanted: Wanted, facts: KernelFacts): KernelFacts {
  const { config } = facts;
  const symbols = 'judge' in wanted ? wanted.symbols : list(wanted.symbol);
  const saysNothing =
    config !== null && symbols.length > 0 && symbols.every((symbol) => isUnstated(config, symbol));
  return saysNothing ? { ...facts, config: null } : facts;
}

function judgeWanted(wanted: Wanted, given: KernelFacts): Judgement {
  const facts = factsFor(wanted, given);
  const lacking = lackingFor(wanted, facts);
  if (lacking.length > 0) return { lacking };
  if ('judge' in wanted) return wanted.judge(facts);
  const breach = findSymbolBreach(facts.config!, wanted);
  if (breach === null || wanted.orCmdline === undefined) return breach;
  if (facts.cmdline === null) return { lacking: ['cmdline'] };
  return hasParameter(facts.cmdline, wanted.orCmdline) ? null : breach;
}

/** What holds anyway needs no more evidence of whether it must. */
export function judgeRule({ when, wanted }: Rule, facts: KernelFacts): Judgement {
  const applies = appliesTo(when, facts);
  if (applies === false) return null;
  const judgement = judgeWanted(wanted, facts);
  if (applies === true || judgement === null) return judgement;
  return { lacking: [...applies.lacking, ...('lacking' in judgement ? judgement.lacking : [])] };
}
