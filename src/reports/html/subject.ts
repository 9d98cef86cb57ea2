import { roundSize } from '../../base/address.ts';
import type { Severity } from '../../base/choices.ts';
import { describeNumbers } from '../../base/runs.ts';
import { releasesOf } from '../../formats/cell/layout-ids.ts';
import { isRam } from '../../formats/cell/memory.ts';
import { cpusOf } from '../../formats/cell/resources.ts';
import { shownName, type SharedOut } from '../machine-shares.ts';
import { isFailing, subjectTitle } from '../report.ts';
import { digestsSection, waiversSection } from './checks.ts';
import { rulesSection } from './rules.ts';
import { cpusSection } from './cpus.ts';
import { chip, countsText, findingsSection } from './findings.ts';
import { cmdlinesOf, cmdlinesTable, commands, kernelSection, loadSection } from './kernel.ts';
import { html, Markup, type Child } from './markup.ts';
import { guestMemory, machineMemory } from './memory.ts';
import type { PageFinding, PageMachine, PageSubject } from './model.ts';
import { facts } from './tables.ts';

const fails = (findings: readonly PageFinding[], failsFrom: Severity): boolean =>
  findings.some(({ diagnostic }) => isFailing(diagnostic, failsFrom));

export const verdictChip = (findings: readonly PageFinding[], failsFrom: Severity): Markup =>
  fails(findings, failsFrom) ? chip('error', 'Fails') : chip('pass', 'Passes');

/** A part with its heading; nothing if it is empty. */
const part = (heading: string, content: Child): Markup =>
  content instanceof Markup && content.html === ''
    ? content
    : html`<section class="part">
        <h3>${heading}</h3>
        ${content}
      </section>`;

/** What the cell is, in one line of facts; of a machine, how many cells its file names. */
function summary({ cell, planned, judged, machine }: PageSubject, named: number): Markup {
  if (machine !== null) {
    const { system, cells } = machine;
    return facts([
      ['Cells', cells.length < named ? `${named}; ${cells.length} of them could be read` : cells.length],
      ['CPUs of the machine', system && describeNumbers(cpusOf(system.rootCell))],
      ['Architecture', system && system.architecture],
    ]);
  }
  if (cell === null) return html``;
  const ram = cell.memoryRegions.filter(isRam).reduce((sum, { size }) => sum + size, 0n);
  return facts([
    ['Cell', shownName(cell)],
    ['Architecture', cell.architecture ?? judged?.architecture ?? null],
    ['CPUs', describeNumbers(cpusOf(cell)) || 'none'],
    ['RAM', roundSize(ram)],
    ['Jailhouse release', releasesOf(cell) ?? `revision ${cell.revision}`],
    ['Profile of the rules', planned && planned.profile],
  ]);
}

const memoryOf = (id: string, { cell, planned }: PageSubject): Markup =>
  cell === null ? html`` : guestMemory(`${id}-guest`, cell, planned && planned.plan);

function cellParts(id: string, subject: PageSubject, isOnMachine: boolean): Child {
  const { cell, kernel, judged, cmdline } = subject;
  const hasLinux = kernel !== null || judged !== null || cmdline !== null;
  const own: SharedOut | null = cell === null || isOnMachine ? null : { system: null, cells: [cell] };
  return [
    part('Memory as the guest sees it', memoryOf(id, subject)),
    own !== null && part('Memory of the machine', machineMemory(`${id}-machine`, own)),
    own !== null && part('CPUs and interrupts', cpusSection(own)),
    part('Command lines', cmdlinesTable(cmdlinesOf(subject))),
    part('Loading', loadSection(subject)),
    hasLinux && part('Kernel', kernelSection(subject)),
    part('What was checked', rulesSection(subject)),
  ];
}

function machineParts(id: string, machine: SharedOut, cmdlines: PageMachine['cmdlines']): Child {
  return [
    part('Memory of the machine', machineMemory(`${id}-machine`, machine)),
    part('CPUs, interrupts and devices', cpusSection(machine)),
    part('Command lines, side by side', cmdlinesTable(cmdlines)),
  ];
}

interface Place {
  id: string;
  failsFrom: Severity;
  /** Its machine has a section of its own. */
  isOnMachine: boolean;
  /** Of a machine file: those of its cells. */
  cmdlines: PageMachine['cmdlines'];
  /** Of a machine file: how many cells it names. */
  cellsNamed: number;
}

/** All that is known of a manifest, a machine file, or a cell of one. */
export function subjectSection(
  subject: PageSubject,
  { id, failsFrom, isOnMachine, cmdlines, cellsNamed }: Place,
): Markup {
  const { findings, machine } = subject;
  return html`<section class="subject" id="${id}" aria-labelledby="${id}-h">
    <h2 id="${id}-h">${subjectTitle(subject)}</h2>
    <p class="verdict">${verdictChip(findings, failsFrom)} ${countsText(findings)}</p>
    ${summary(subject, cellsNamed)} ${part('Findings', findingsSection(findings))}
    ${
      machine === null
        ? cellParts(id, subject, isOnMachine)
        : [machineParts(id, machine, cmdlines), part('Loading', commands(subject.bundle))]
    }
    ${part('Waivers', waiversSection(subject))} ${part('Files and digests', digestsSection(subject))}
  </section> `;
}

/** A machine that manifests share. */
export const machineSection = (machine: PageMachine, id: string): Markup =>
  html`<section class="subject" id="${id}" aria-labelledby="${id}-h">
    <h2 id="${id}-h">The machine of ${machine.subjects.join(', ')}</h2>
    ${machineParts(id, machine, machine.cmdlines)}
  </section> `;
