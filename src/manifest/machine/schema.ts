import { z } from 'zod';
import { list, long, map, text } from '../../formats/cell/yaml/kinds.ts';
import { manifestSchema } from '../schema.ts';

// A machine file: what a manifest says of the machine, and the cells. Each cell is looked at by itself, by its kind.

const { name, version, compatible, system, layout, board, root, checks, bundle } = manifestSchema.shape;

/** The top level; the cells are read one by one. */
export const machineSchema = z.strictObject({
  name: name.meta({ description: 'The name of the bundle, without it that of the file.' }),
  version,
  compatible,
  system: system.unwrap(),
  layout: layout.meta({
    description:
      'The layout of the binary configs, `system` and those of the cells that name none, where their bytes do not decide it.',
  }),
  board,
  root,
  bundle: z
    .strictObject({ compress: bundle.unwrap().shape.compress })
    .prefault({})
    .meta({ description: 'The bundle of the machine: `compress` as in a manifest.' }),
  cells: z.array(z.unknown()).min(1),
});

/** Keys that a machine's cells may not have: the machine file has them for all. */
export const MACHINE_KEYS = ['version', 'compatible', 'system', 'board', 'root'] as const;

/** A manifest in place. */
export const manifestInPlace = manifestSchema.omit({
  defaults: true,
  version: true,
  compatible: true,
  system: true,
  board: true,
  root: true,
});

/** A cell without Linux, but for what is loaded into it. */
export const bareCellSchema = manifestSchema.pick({ name: true, cell: true, layout: true }).extend({
  checks: z.strictObject({ waive: checks.unwrap().shape.waive }).prefault({}).meta({
    description: 'Findings that are accepted, as in a manifest.',
  }),
});

const after = list(
  text('The name of a cell.', 'after: [rtos]'),
  'Cells that are started before this one, by name.',
  'after: [rtos]',
);

const image = map(
  {
    file: text('Path of a file that is loaded as it is.', 'file: rtos.bin'),
    string: text('Text that is loaded, with a NUL at its end.', "string: 'mode=fast'"),
    at: long('Where it goes, as the cell sees it.', 'at: 0x0'),
  },
  'Something to load: `file` or `string`, and where.',
);

/** What a cell without Linux has beside {@link bareCellSchema}. */
export const imagesSchema = map(
  {
    images: list(
      image,
      'What is loaded into a cell without Linux, in this order.',
      'images: [{ file: rtos.bin, at: 0x0 }]',
    ),
    entry: long(
      'Where its CPUs start. A wish is made so; a cell config must say the same in `cpu_reset_address`.',
      'entry: 0x0',
    ),
    after,
  },
  'A cell without Linux.',
);

/** A manifest that is a file of its own. */
export const manifestFileSchema = map(
  { manifest: text('Path of a manifest (*.cell.yaml).', 'manifest: linux.cell.yaml'), after },
  'A cell that has a manifest of its own.',
);

/** What a manifest in place has beside {@link manifestInPlace}. */
export const orderSchema = map({ after }, 'The order of cells.');
