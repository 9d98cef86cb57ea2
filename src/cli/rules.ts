import type { Command } from 'commander';
import { FINDING_CODES } from '../base/codes.ts';
import { nearest, plural } from '../base/text.ts';
import { wrap } from '../base/wrap.ts';
import { catalogue, ruleFacts } from '../reports/catalogue.ts';
import type { RuleFacts } from '../reports/output-schema.ts';
import { formatOf, withFormat, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode, type Format } from './exit.ts';
import { lookFor, printLine, printReport, type Look } from './output.ts';

const GAP = 2;

/** A line for each rule, below the names of their groups. */
function renderList(rules: readonly RuleFacts[], look: Look): string[] {
  const idWidth = Math.max(...rules.map(({ id }) => id.length)) + GAP;
  const lines: string[] = [];
  let group = '';
  for (const rule of rules) {
    if (rule.group !== group) lines.push(...(group === '' ? [] : ['']), look.bold(rule.group));
    ({ group } = rule);
    const start = GAP + idWidth;
    const text = wrap(rule.reason ?? rule.symptom ?? '', look.width, { start, indent: start });
    lines.push(`${' '.repeat(GAP)}${rule.id.padEnd(idWidth)}${text}`);
  }
  return lines;
}

/** All that is known of one. */
function renderRule(rule: RuleFacts, look: Look): string[] {
  const facts: readonly (readonly [string, string | null])[] = [
    ['severity', rule.severity],
    ['requires', rule.requirement],
    ['applies', rule.applies],
    ['symptom', rule.symptom],
    ['fix', rule.fix],
    ['source', rule.source],
    ['docs', rule.documentation],
  ];
  const width = Math.max(...facts.map(([label]) => label.length)) + 1;
  const start = GAP + width + 1;
  return [
    look.bold(rule.id),
    ...(rule.reason === null ? [] : [`  ${wrap(rule.reason, look.width, { start: GAP, indent: GAP })}`]),
    ...facts.flatMap(([label, text]) =>
      text === null
        ? []
        : [`  ${look.dim(`${label}:`.padEnd(width))} ${wrap(text, look.width, { start, indent: start })}`],
    ),
  ];
}

function wantedRule(id: string): RuleFacts {
  const rule = ruleFacts(id);
  if (rule !== null) return rule;
  const proposal = nearest(id, FINDING_CODES);
  throw new UsageError(
    `there is no rule '${id}'`,
    proposal ? `did you mean '${proposal}'?` : '`jailhouse-bundle rules` lists them all',
  );
}

/** `rules`: what is checked, and of one rule what it says. */
export async function rules(id: string | undefined, format: Format): Promise<ExitCode> {
  const found = id === undefined ? catalogue() : [wantedRule(id)];
  if (format === 'json') {
    await printReport('rules', { ok: true, findings: [], subjects: found });
    return EXIT.fine;
  }
  const look = lookFor(process.stdout);
  if (id !== undefined) {
    for (const line of renderRule(found[0]!, look)) await printLine(line);
    return EXIT.fine;
  }
  for (const line of renderList(found, look)) await printLine(line);
  await printLine(`\n${plural(found.length, 'rule')}; \`jailhouse-bundle rules ID\` explains one`);
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .description(
      'Lists the rules that kernels, device trees and cells are checked by, or explains one: what it requires, what is ' +
        'seen on the target where it is broken, and how to fix that. Takes every id that a finding shows.',
    )
    .argument('[id]', 'the id of a rule, for example kernel/serio')
    .action(async (id: string | undefined, options) => {
      finish(await rules(id, formatOf(options)));
    });
}
