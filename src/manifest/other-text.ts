import type { ManifestPath } from '../base/diagnostic.ts';
import { shifted, type Layer } from '../formats/yaml/layers.ts';
import type { SourceRange } from '../formats/yaml/source.ts';
import type { YamlText } from '../formats/yaml/yaml.ts';
import type { Base } from './references.ts';

/** A text that a manifest is read with: a file of its `defaults`, or an option of the command line. */
interface OtherLayer extends Layer {
  tree: YamlText;
  /** The file, as people name it from where they are; of an option, the option. */
  title: string;
  /** What its relative paths start from. */
  base: Base;
}

/** A file of defaults. */
export interface DefaultsLayer extends OtherLayer {
  /** Where the manifest names it, or the file that names it. */
  at: ManifestPath;
  /** Among a bundle's inputs: its key, and its path from the manifest. */
  key: string;
  file: string;
}

export type SettingLayer = OtherLayer & { isAside: true };

/** Another text than the manifest's own that ranges may be in. */
export interface OtherText {
  layer: DefaultsLayer | SettingLayer;
  /** What the offsets of ranges in it begin with. */
  start: number;
}

/** The text that a range is in, and the range there; `null`: it is in the manifest's own. */
export function otherAt(
  others: readonly OtherText[],
  range: SourceRange,
): { layer: DefaultsLayer | SettingLayer; range: SourceRange } | null {
  const found = others.findLast(({ start }) => start <= range.start);
  return found ? { layer: found.layer, range: shifted(range, -found.start) } : null;
}
