import { Option, type Command } from 'commander';
import { architectureOption, formatOf, layoutOption, withFormat, type Finish } from './command.ts';
import { printable } from '../base/text.ts';
import type { Versioned } from '../formats/cell/layout-ids.ts';
import { readConfig, type DescriptionText } from '../formats/cell/read.ts';
import type { Revision } from '../formats/cell/releases.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { Architecture } from '../base/choices.ts';
import { diagnosticOf, type Diagnostic } from '../base/diagnostic.ts';
import { problemFacts, readFile, reportProblems } from './cell-files.ts';
import {
  ARCHITECTURE,
  parseReleaseOption,
  RELEASE,
  besideInput,
  checkOutput,
  writeConfig,
} from './cell-output.ts';
import { EXIT, type ExitCode, type Format } from './exit.ts';
import { printLine, printNote, printReport } from './output.ts';

interface ConvertOptions {
  output?: string;
  release: Revision;
  arch?: Architecture;
  layout?: Versioned;
  format: Format;
}

/** What became of a file; `architecture` and `config` are `null` where there is none. */
interface Converted {
  description: DescriptionText | null;
  /** Of the file; each has its place in it where that is text. */
  problems: readonly Diagnostic[];
  /** What differs in the new config, or why there is none. */
  notes: readonly Diagnostic[];
  config: CellConfig | SystemConfig | null;
  architecture: Architecture | null;
  assumed: string | null;
}

/** @throws InputError where the file cannot be read, or the new one cannot be written */
async function convertFile(
  file: string,
  target: string,
  { release, arch, layout }: ConvertOptions,
): Promise<Converted> {
  const { config, problems, description, assumed } = await readConfig(await readFile(file), file, {
    layout,
    ...(arch === undefined ? {} : { architecture: arch }),
  });
  if (config === null) {
    return { description, problems, notes: [], config, architecture: null, assumed };
  }
  const architecture = arch ?? config.architecture ?? 'arm64';
  const { convertConfig } = await import('../formats/cell/yaml/convert.ts');
  const { checkReading } = await import('../checks/cell/check.ts');
  const converted = convertConfig(config, release, architecture);
  if (converted.config !== null) await writeConfig(target, converted.config, architecture);
  return {
    description,
    problems: [...problems, ...checkReading(config)],
    notes: [...converted.problems, ...converted.notes],
    config: converted.config,
    architecture,
    assumed,
  };
}

const unread = (error: unknown): Converted => ({
  description: null,
  problems: [diagnosticOf(error)],
  notes: [],
  config: null,
  architecture: null,
  assumed: null,
});

/** `cell convert`: a config for another release. */
export async function convert(file: string, options: ConvertOptions): Promise<ExitCode> {
  const { output, release, format } = options;
  const target = output ?? besideInput(file, `-${release}`);
  checkOutput(file, target);
  if (format === 'json') {
    const converted = await convertFile(file, target, options).catch(unread);
    const { config, architecture, assumed, description, problems, notes } = converted;
    const text = description?.text ?? null;
    const ok = config !== null;
    const written = ok ? target : null;
    await printReport('cell convert', {
      ok,
      findings: [...problems, ...notes].map((problem) => problemFacts(file, text, problem, file)),
      subjects: [{ file, ok, kind: config?.kind ?? null, architecture, assumed, output: written }],
    });
    return ok ? EXIT.fine : EXIT.findings;
  }
  const converted = await convertFile(file, target, options);
  const { config, architecture, assumed, description, problems, notes } = converted;
  await reportProblems(file, description?.text ?? null, problems);
  if (assumed !== null) await printNote(`${printable(file)}: architecture ${architecture}, ${assumed}`);
  await reportProblems(file, null, notes);
  if (config === null) return EXIT.findings;
  await printLine(printable(target));
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  withFormat(command)
    .addOption(architectureOption(ARCHITECTURE))
    .addOption(layoutOption())
    .description(
      'Converts a config to another Jailhouse release, and reports what is lost, what is assumed, and what changes its meaning.',
    )
    .argument('<file>', 'config, or description')
    .addOption(
      new Option(RELEASE, 'the release: 0.6 to 0.12, git, or a revision')
        .argParser(parseReleaseOption)
        .makeOptionMandatory(),
    )
    .option('-o, --output <file>', 'file to write; *.yaml gives a description (default: next to the file)')
    .action(async (file: string, options) => {
      finish(await convert(file, { ...options, format: formatOf(options) }));
    });
}
