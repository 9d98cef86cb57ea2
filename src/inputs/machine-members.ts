import { dirname } from 'node:path';
import { diagnosticOf, type Diagnostic, type ManifestPath } from '../base/diagnostic.ts';
import { withOtherEnds } from '../machine/link-ends.ts';
import type { ParsedBareCell } from '../manifest/machine/bare-cell.ts';
import type { MachineCell } from '../manifest/machine/parse.ts';
import { parseLayers, type ParsedManifest } from '../manifest/parse.ts';
import type { Wish } from '../manifest/wish/parse.ts';
import { fileNamedAt } from './contents.ts';
import { wishName } from './generate.ts';
import { readLayers } from './layers.ts';
import { readManifest } from './manifest-file.ts';
import type { PrepareOptions } from './prepared.ts';

/** A cell of a machine whose manifest was read, and nothing that this names. */
export type ReadMember = {
  /** Where it is in the machine file. */
  at: ManifestPath;
  /** Its manifest; `null`: it is in the machine file. */
  file: string | null;
  /** Of the manifest; `null`: it cannot be read, or is in the machine file. */
  text: string | null;
  /** Of its links to other cells. */
  problems: readonly Diagnostic[];
} & (
  | { kind: 'bare'; parsed: ParsedBareCell }
  | { kind: 'manifest'; parsed: ParsedManifest }
  | { kind: 'unreadable' }
);

/** As people name it from where they are. */
const fromFolder = (machineFile: string, file: string): string =>
  fileNamedAt({ files: [{ path: [], file }], folder: dirname(machineFile) }, [])!;

async function readMember(
  cell: MachineCell,
  machineFile: string,
  onInput: PrepareOptions['onInput'],
): Promise<ReadMember> {
  const { at } = cell;
  const inPlace = { at, file: null, text: null, problems: [] };
  if (cell.kind === 'bare') return { ...inPlace, kind: 'bare', parsed: cell.parsed };
  if (cell.kind === 'manifest') return { ...inPlace, kind: 'manifest', parsed: cell.parsed };
  const file = fromFolder(machineFile, cell.file);
  onInput?.(file);
  try {
    const text = await readManifest(file);
    const tree = await readLayers(file, text, onInput ? { onInput } : {});
    const parsed = parseLayers(tree, { machineIsGiven: true });
    return { at, file, text, problems: [], kind: 'manifest', parsed };
  } catch (error) {
    return { at, file, text: null, problems: [diagnosticOf(error)], kind: 'unreadable' };
  }
}

interface WishOf {
  name: string;
  wish: Wish;
}

/** What a member wishes for; `null`: its config is given, or not known. */
export function wishOf(member: ReadMember, machineFile: string): WishOf | null {
  if (member.kind === 'unreadable') return null;
  const said = member.kind === 'bare' ? member.parsed.bare : member.parsed.manifest;
  if (said === null || typeof said.cell === 'string' || said.cell.kind !== 'wish') return null;
  return { name: wishName(said.name, member.file ?? machineFile), wish: said.cell };
}

function withWish(member: ReadMember, cell: Wish, problems: readonly Diagnostic[]): ReadMember {
  const told = [...member.problems, ...problems];
  if (member.kind === 'bare') {
    const { parsed } = member;
    return {
      ...member,
      problems: told,
      parsed: { ...parsed, bare: parsed.bare && { ...parsed.bare, cell } },
    };
  }
  if (member.kind === 'unreadable') return member;
  const { parsed } = member;
  const manifest = parsed.manifest && { ...parsed.manifest, cell };
  return { ...member, problems: told, parsed: { ...parsed, manifest } };
}

/** Reads the manifests of a machine's cells, in their order. */
export async function readMembers(
  cells: readonly MachineCell[],
  machineFile: string,
  onInput: PrepareOptions['onInput'],
): Promise<ReadMember[]> {
  const members: ReadMember[] = [];
  for (const cell of cells) members.push(await readMember(cell, machineFile, onInput));
  return members;
}

/**
 * The members with both ends of each link between two of their wishes: either of them declares it.
 *
 * @param others names of the cells whose configs are given
 * @param isWhole whether that is all of them
 */
export function linkMembers(
  members: readonly ReadMember[],
  machineFile: string,
  others: ReadonlySet<string>,
  isWhole: boolean,
): ReadMember[] {
  const wishes = members.flatMap((member, at) => {
    const wished = wishOf(member, machineFile);
    return wished === null ? [] : [{ ...wished, at }];
  });
  const linked = [...members];
  for (const { request, problems } of withOtherEnds(wishes, others, isWhole)) {
    linked[request.at] = withWish(members[request.at]!, request.wish, problems);
  }
  return linked;
}
