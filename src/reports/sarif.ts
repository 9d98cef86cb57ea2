import { detailLines, waiverText } from '../base/diagnostic-text.ts';
import type { Severity } from '../base/choices.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { documentationOf } from '../base/documentation.ts';
import { printable, printableJson } from '../base/text.ts';
import { coverageLine } from '../checks/coverage.ts';
import { fingerprints } from './fingerprints.ts';
import { isFailing, subjectTitle, type CheckedSubject, type CheckReport, type Place } from './report.ts';
import { occurringRules, type OccurringRule } from './rules.ts';

/** The product that made a report, as package.json names it. */
export interface ReportTool {
  name: string;
  version: string;
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';
/** The folder that paths are relative to; whoever reads the report knows where that is. */
const BASE = '%SRCROOT%';
const FINGERPRINT = 'jailhouseFinding/v1';

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

const sentence = (text: string): string => `${printable(text.charAt(0).toUpperCase() + text.slice(1))}.`;

/** A path as a URI reference (RFC 3986); halves of surrogate pairs, which UTF-8 cannot say, are replaced. */
const uriOf = (file: string): string =>
  file
    .replace(/\p{Cs}/gu, '\ufffd')
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');

function ruleObject({ id, reason, fix, source, severity }: OccurringRule) {
  const full = source === null ? sentence(reason) : `${sentence(reason)} Source: ${printable(source)}`;
  // The docs know no rules of projects.
  const docs = id.startsWith('project/') ? '' : ` Documentation, in the package: ${documentationOf(id)}.`;
  return {
    id,
    shortDescription: { text: sentence(reason) },
    fullDescription: { text: full },
    help: { text: `${sentence(fix)}${docs}` },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function physicalLocation({ file, line, column }: Place) {
  const artifactLocation = { uri: uriOf(file), uriBaseId: BASE };
  if (line === null) return { artifactLocation };
  return {
    artifactLocation,
    region: column === null ? { startLine: line } : { startLine: line, startColumn: column },
  };
}

/** The message and what belongs to it, one thing a line. */
const messageOf = (diagnostic: Diagnostic): string =>
  [
    printable(diagnostic.message),
    ...[...detailLines(diagnostic)]
      .filter(([label]) => label !== 'waived')
      .map(([label, text]) => `${label}: ${text}`),
  ].join('\n');

function suppressionsOf({ waived }: Diagnostic) {
  if (!waived) return [];
  const justification = printable(waiverText(waived));
  return [{ kind: 'external', status: 'accepted', justification }];
}

/**
 * What was checked. Results of the kind `pass` would say it, too, but GitHub shows an alert for each of them.
 *
 * @see microsoft/PSRule, issue 955
 */
function notificationsOf(subject: CheckedSubject) {
  const { file, coverage } = subject;
  if (!coverage) return [];
  return [
    {
      level: 'note',
      message: { text: printable(`${subjectTitle(subject)}: ${coverageLine(coverage)}`) },
      locations: [{ physicalLocation: physicalLocation({ file, line: null, column: null }) }],
      properties: { rules: coverage },
    },
  ];
}

/**
 * A SARIF log of version 2.1.0, with nothing in it that depends on the day or the machine.
 *
 * @see OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0
 */
export function encodeSarif(report: CheckReport, { name, version }: ReportTool): string {
  const rules = occurringRules(report);
  const indices = new Map(rules.map(({ id }, index) => [id, index]));
  const fingerprintOf = fingerprints();
  const findings = report.subjects.flatMap((subject) => subject.findings);
  const isFailed = findings.some(({ diagnostic }) => isFailing(diagnostic, report.failsFrom));
  const results = findings.map((finding) => {
    const { diagnostic, place, related } = finding;
    return {
      ruleId: diagnostic.code,
      ruleIndex: indices.get(diagnostic.code),
      level: LEVELS[diagnostic.severity],
      message: { text: messageOf(diagnostic) },
      locations: [{ physicalLocation: physicalLocation(place) }],
      ...(related && {
        relatedLocations: [
          { id: 1, message: { text: 'the kernel config' }, physicalLocation: physicalLocation(related) },
        ],
      }),
      partialFingerprints: { [FINGERPRINT]: fingerprintOf(finding) },
      // The standard wants them for all results or for none.
      suppressions: suppressionsOf(diagnostic),
    };
  });
  const told = report.subjects.flatMap(notificationsOf);
  const log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name, version, rules: rules.map(ruleObject) } },
        invocations: [
          {
            executionSuccessful: true,
            exitCode: isFailed ? 1 : 0,
            ...(told.length === 0 ? {} : { toolExecutionNotifications: told }),
          },
        ],
        originalUriBaseIds: { [BASE]: { description: { text: 'The folder that the check ran in.' } } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
  return `${printableJson(JSON.stringify(log, null, 2))}\n`;
}
