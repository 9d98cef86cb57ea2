import { machineContents, type MachineContents } from '../bundle/machine/contents.ts';
import type { BareCellInput, BareImage, MachineBundleInput } from '../bundle/machine/input.ts';
import type { MachineFacts } from '../bundle/machine/metadata.ts';
import type { BareCell } from '../manifest/machine/bare-cell.ts';
import { seenAt, type SeenFiles } from './contents.ts';
import { inputFilesOf } from './input-files.ts';
import { streamedFile, type ReadyBundle, type ReadyCell } from './pack.ts';
import type { Streamed } from './store.ts';

/** A cell without Linux that passed. */
export interface ReadyBareCell {
  input: BareCellInput;
  streams: readonly Streamed[];
}

/** A machine whose cells passed. */
export interface ReadyMachine extends ReadyBundle<MachineFacts> {
  contents: MachineContents;
}

/** What a cell without Linux loads; its files were seen. */
export function readyBareCell(
  inputs: SeenFiles,
  { images }: Pick<BareCell, 'images'>,
  cell: Omit<BareCellInput, 'images' | 'diagnostics' | 'inputs'>,
): ReadyBareCell {
  const { store, diagnostics } = inputs;
  const streams: Streamed[] = [];
  const loaded = images.map(({ source, at }, index): BareImage => {
    if ('string' in source) return { string: source.string, at };
    const file = seenAt(inputs, 'images', index, 'file')!;
    const streamed = store.stream([file], false);
    streams.push(streamed);
    return { file: streamedFile(streamed, store), size: file.size, at };
  });
  return { input: { ...cell, images: loaded, diagnostics, inputs: inputFilesOf(inputs, []) }, streams };
}

/** A cell of a machine that passed, with Linux or without. */
export type ReadyMember = { name: string; after: readonly string[] } & (
  { linux: ReadyCell } | { bare: ReadyBareCell }
);

const streamsOf = (member: ReadyMember): Iterable<Streamed> =>
  'linux' in member ? member.linux.streams.values() : member.bare.streams;

/** Lays out the bundle of a machine whose cells passed. */
export function layOutMachine(
  machine: Omit<MachineBundleInput, 'cells'>,
  members: readonly ReadyMember[],
  compress: ReadyBundle['compress'],
): ReadyMachine {
  const contents = machineContents({
    ...machine,
    cells: members.map(({ name, after, ...member }) =>
      'linux' in member
        ? { name, after, linux: member.linux.input }
        : { name, after, bare: member.bare.input },
    ),
  });
  const streams = new Map<string, Streamed>();
  for (const streamed of members.flatMap((member) => [...streamsOf(member)])) {
    const path = contents.paths.get(streamed.key);
    if (path !== undefined) streams.set(path, streamed);
  }
  return { contents, compress, streams };
}
