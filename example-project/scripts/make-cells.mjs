import { mkdir, writeFile } from 'node:fs/promises';
import { createCellConfig, encodeCellConfig } from 'rollup-plugin-jailhouse/core';
import { cells } from '../cells/descriptions.mjs';

const folder = new URL('../build/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const cell of cells) {
  await writeFile(new URL(`${cell.name}.cell`, folder), encodeCellConfig(createCellConfig(cell)));
}
