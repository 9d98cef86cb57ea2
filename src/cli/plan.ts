import type { Command } from 'commander';
import { hex } from '../base/address.ts';
import type { Profile } from '../base/choices.ts';
import { hasErrors } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { wrap } from '../base/wrap.ts';
import { InputStore } from '../inputs/store.ts';
import { drawMachine } from '../machine/picture.ts';
import { drawPlan } from '../reports/plan-picture.ts';
import { subjectTitle } from '../reports/report.ts';
import { formatOf, profileOption, withFormat, type Finish } from './command.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { factsOf, planOf } from './facts.ts';
import { namedManifests, orReport } from './named-files.ts';
import { lookFor, printLine, printNote, printReport, type Look } from './output.ts';
import type { PreparedManifest } from './manifests.ts';
import { paintPlan, planWidth } from './plan-colors.ts';
import { settingsOf, withSettings, type SettingOptions } from './settings.ts';
import { renderBriefly, verdict } from './report.ts';

function renderPlan(manifest: PreparedManifest, look: Look): string[] {
  const { planned, shared } = manifest;
  const title = look.bold(printable(subjectTitle(manifest)));
  if (shared) return [title, ...drawMachine(shared.system, shared.cells, planWidth(look))];
  if (planned === null) return [];
  const { cell, cellName, plan } = planned;
  const { architecture, placement, entry } = plan;
  const width = planWidth(look);
  const facts = `cell '${printable(cellName)}', ${architecture}; placement ${placement}; the kernel is entered at ${hex(entry)}`;
  return [
    title,
    wrap(facts, width, { start: 0, indent: 2 }),
    ...drawPlan(cell, plan, width, paintPlan(look)),
  ];
}

interface PlanOptions extends SettingOptions {
  profile: Profile;
  format: Format;
}

/** `plan`: where everything goes in the memory of cells; findings go to standard error. */
export async function plan(files: readonly string[], options: PlanOptions): Promise<ExitCode> {
  const { profile, format } = options;
  const settings = await settingsOf(options, files);
  // What reads manifests takes long to load; help and wrong usage do without.
  const { prepareManifests } = await import('./manifests.ts');
  const manifests = await prepareManifests(files, new InputStore(), profile, {
    settings,
    layOut: false,
  });
  const isFailed = ({ diagnostics }: PreparedManifest): boolean => hasErrors(diagnostics);
  const ok = !manifests.some(isFailed);
  if (format === 'json') {
    const subjects = manifests.map(async (manifest) => ({
      file: manifest.file,
      cell: manifest.part ?? null,
      ok: !isFailed(manifest),
      plan: await planOf(manifest),
    }));
    const findings = manifests.flatMap(factsOf);
    await printReport('plan', { ok, findings, subjects: await Promise.all(subjects) });
    return ok ? EXIT.fine : EXIT.findings;
  }
  const [look, notes] = [lookFor(process.stdout), lookFor(process.stderr)];
  let isFirst = true;
  for (const manifest of manifests) {
    const lines = renderPlan(manifest, look);
    if (lines.length > 0 && !isFirst) await printLine('');
    if (lines.length > 0) isFirst = false;
    for (const line of lines) await printLine(line);
    if (!isFailed(manifest)) continue;
    for (const text of renderBriefly(manifest, notes, { quiet: true })) await printNote(text);
    await printNote(verdict(manifest, notes));
  }
  return ok ? EXIT.fine : EXIT.findings;
}

export function define(command: Command, finish: Finish): void {
  withFormat(withSettings(command))
    .addOption(profileOption())
    .description(
      'Shows where everything goes in the memory of cells: a bar for each region of RAM, in proportion, with loader, ' +
        'params or device tree, kernel file, what the kernel runs in, initrd and free space, and what sticks out. ' +
        'Errors go to standard error.',
    )
    .argument(
      '<manifest...>',
      '*.cell.yaml and *.machine.yaml files; a folder or a quoted pattern names those in it',
    )
    .action(async (manifests: string[], options) => {
      const format = formatOf(options);
      finish(
        await orReport('plan', format === 'json', async () =>
          plan(await namedManifests(manifests), { ...options, format }),
        ),
      );
    });
}
