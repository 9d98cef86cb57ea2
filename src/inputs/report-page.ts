import { createHash } from 'node:crypto';
import type { Severity } from '../base/choices.ts';
import { InputError } from '../base/diagnostic.ts';
import { coverageOf } from '../checks/coverage.ts';
import type { InputFile } from '../bundle/inputs.ts';
import { byName } from '../bundle/layout.ts';
import type { FileDigest } from '../bundle/tar.ts';
import { rootCmdline } from '../formats/root/facts.ts';
import { frameOf, placed } from '../reports/findings.ts';
import type {
  DigestedFile,
  PageBundle,
  PageFinding,
  PageMachine,
  PageSubject,
  ReportPage,
} from '../reports/html/model.ts';
import { shownName } from '../reports/machine-shares.ts';
import { subjectTitle } from '../reports/report.ts';
import { sourcesOf } from '../reports/rule-texts.ts';
import { fromHere, placeFromHere } from './from-here.ts';
import type { CheckedFile } from './machine-subjects.ts';
import type { ReadyMachine } from './pack-machine.ts';
import { packReady, type ReadyCell } from './pack.ts';
import { alternativesOf, machinesOf } from './shared-machine.ts';
import type { InputStore } from './store.ts';

function pageFindings(checked: CheckedFile): PageFinding[] {
  const sources = sourcesOf(checked);
  return checked.diagnostics.map((diagnostic) => {
    const { diagnostic: told, place, related } = placed(checked, diagnostic);
    return {
      diagnostic: told,
      place: placeFromHere(place),
      related: related && placeFromHere(related),
      frame: frameOf(checked, diagnostic),
      source: sources.get(diagnostic.code) ?? null,
    };
  });
}

/** A file that cannot be read again is reported, and not what the page is about. */
async function digested({ key, file, size, sha256 }: InputFile): Promise<DigestedFile> {
  try {
    return { key, file, digest: { size, sha256: await sha256() } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { key, file, digest: null };
  }
}

/** What a bundle comes to, without writing it. */
async function pageBundle(
  ready: ReadyCell | ReadyMachine,
  store: InputStore,
  mtime: number,
): Promise<PageBundle> {
  const files = new Map<string, FileDigest>();
  const { contents } = ready;
  const last: typeof contents.last = (digests) => {
    for (const [path, digest] of digests) files.set(path, digest);
    return contents.last(digests);
  };
  const packing = packReady({ ...ready, contents: { ...contents, last }, compress: 'none' }, store, mtime);
  for await (const _ of packing.chunks);
  const { facts } = contents;
  return {
    name: contents.name,
    sumsSha256: createHash('sha256').update(packing.sums()).digest('hex'),
    tarSha256: packing.result().tarSha256,
    files: [...files]
      .map(([file, digest]) => ({ key: 'in the bundle', file, digest }))
      .toSorted((a, b) => byName(a.file, b.file)),
    commands: 'commands' in facts ? facts.commands : facts.cells.flatMap(({ commands }) => commands),
  };
}

async function pageSubject(checked: CheckedFile, store: InputStore, mtime: number): Promise<PageSubject> {
  const { file, part, machine, planned, kernel: judged, states, waivers, read, ready, shared } = checked;
  const { cmdline, contents, files } = read;
  const inputs: DigestedFile[] = [];
  for (const each of files) inputs.push(await digested(each));
  const { cell = null } = machine ?? {};
  return {
    file: fromHere(file),
    ...(part === undefined ? {} : { part }),
    findings: pageFindings(checked),
    cell,
    planned,
    coverage: states && coverageOf(states, checked.diagnostics),
    judged,
    kernel: contents?.kernel ?? null,
    initrd: contents?.initrd ?? null,
    cmdline,
    rootCmdline: contents?.rootFacts ? rootCmdline(contents.rootFacts) : null,
    waivers,
    inputs,
    bundle: ready && (await pageBundle(ready, store, mtime)),
    machineFile: checked.machineFile === undefined ? null : fromHere(checked.machineFile),
    machine: shared ?? null,
  };
}

/** Machines that manifests share without a machine file; of alternatives the first is shown. */
function pageMachines(all: readonly CheckedFile[], subjects: readonly PageSubject[]): PageMachine[] {
  const alone = all.filter(({ machineFile }) => machineFile === undefined);
  return machinesOf(alone).map(({ system, neighbours }): PageMachine => {
    const shown = neighbours.map(({ manifest }) => subjects[all.indexOf(manifest as CheckedFile)]!);
    const root = shown.find(({ rootCmdline: text }) => text !== null)?.rootCmdline ?? null;
    return {
      system,
      cells: alternativesOf(neighbours).map(([first]) => first!.cell),
      subjects: shown.map(subjectTitle),
      cmdlines: [
        ...(root === null ? [] : [{ name: 'root cell', cmdline: root }]),
        ...shown.flatMap(({ cell, cmdline }) =>
          cmdline === null || cell === null ? [] : [{ name: shownName(cell), cmdline }],
        ),
      ],
    };
  });
}

/**
 * What a page about all of them shows; every file that they name is read to its end once more.
 *
 * @param mtime of the files in their bundles
 */
export async function reportPage(
  all: readonly CheckedFile[],
  store: InputStore,
  mtime: number,
  failsFrom: Severity,
): Promise<ReportPage> {
  const subjects: PageSubject[] = [];
  for (const each of all) subjects.push(await pageSubject(each, store, mtime));
  return { failsFrom, subjects, machines: pageMachines(all, subjects) };
}
