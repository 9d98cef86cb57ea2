import { createHash } from 'node:crypto';
import { encodeDtb } from '../formats/dtb/encode.ts';
import { writeSource } from '../formats/dtb/source.ts';
import type { DeviceTree } from '../formats/dtb/types.ts';
import { describeCell, describeSystem } from './describe-cell.ts';
import type { GeneratedCell, Generation } from './generate.ts';
import { reportJson, reportText, rootCmdline } from './report.ts';
import { rootOverlay } from './root-overlay.ts';

/** A file of those that are made of a wish. */
export interface MadeFile {
  /** Without a folder. */
  name: string;
  content: Uint8Array<ArrayBuffer>;
}

/** The one with the digests of the others. */
export const REPORT_JSON = 'report.json';

export const digestOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/**
 * All files of a generated cell, the report last; the same cell gives the same bytes.
 *
 * @param source the file with the wish, as people know it
 */
export function madeFiles(
  generated: GeneratedCell,
  generation: Generation,
  board: DeviceTree | null,
  source: string,
): MadeFile[] {
  const { name, tree, changes, system } = generated;
  const text = (file: string, content: string): MadeFile => ({
    name: file,
    content: new TextEncoder().encode(content),
  });
  const heading = [
    `Device tree of the cell ${name}, made by \`jailhouse-bundle cell generate\` from ${source}.`,
  ];
  const files: MadeFile[] = [
    text(`${name}.jailhouse.yaml`, describeCell(generated, generation, source)),
    ...(tree === null
      ? []
      : [
          text(`${name}.dts`, writeSource(tree.source, heading)),
          { name: `${name}.dtb`, content: encodeDtb(tree.blob) },
        ]),
    ...(changes.length === 0
      ? []
      : [text('system.jailhouse.yaml', describeSystem(generated, system.architecture, source))]),
    ...(board === null || tree === null
      ? []
      : [text('root-overlay.dts', rootOverlay(generated, board, source))]),
    text('root-cmdline.txt', rootCmdline(generated)),
    text('report.txt', reportText(generated, generation, source)),
  ];
  const digests = Object.fromEntries(files.map((file) => [file.name, digestOf(file.content)]));
  return [...files, text(REPORT_JSON, reportJson(generated, generation, digests))];
}
