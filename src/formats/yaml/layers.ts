import type { ManifestPath } from '../../base/diagnostic.ts';
import type { SourceRange } from './source.ts';
import type { Tree } from './tree.ts';

/** One of several texts that are read as one. */
export interface Layer {
  /** A map. */
  tree: Tree;
  text: string;
  /** It is told of last where several have a map: `kernel` is that of the manifest, whatever an option adds to it. */
  isAside?: boolean;
}

/** A layer, and where its text begins in the space that ranges of the merged tree are in. */
export interface PlacedLayer<Kind extends Layer = Layer> {
  layer: Kind;
  start: number;
}

/** Texts one after another: offsets in the first are its own. */
export function placeLayers<Kind extends Layer>(layers: readonly Kind[]): PlacedLayer<Kind>[] {
  let start = 0;
  return layers.map((layer) => {
    const placed = { layer, start };
    // An offset may be the one after the last character.
    start += layer.text.length + 1;
    return placed;
  });
}

export const shifted = ({ start, end }: SourceRange, by: number): SourceRange => ({
  start: start + by,
  end: end + by,
});

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What one layer has at a path. */
interface Given<Kind extends Layer> {
  from: PlacedLayer<Kind>;
  value: unknown;
}

/**
 * Layers as one tree, maps merged key by key; all else is that of the first layer that has it. Ranges are in the space of
 * {@link placeLayers}.
 *
 * @param layers the one that counts most comes first
 */
export function mergeLayers<Kind extends Layer>(
  layers: readonly PlacedLayer<Kind>[],
): Tree & { layerAt(path: ManifestPath): PlacedLayer<Kind> } {
  const origins = new Map<string, PlacedLayer<Kind>>();

  function merge(given: readonly Given<Kind>[], path: ManifestPath): unknown {
    const first = given[0]!;
    const end = given.findIndex(({ value }) => !isMap(value));
    const maps = end < 0 ? given : given.slice(0, end);
    const teller = maps.find(({ from }) => from.layer.isAside !== true) ?? first;
    origins.set(JSON.stringify(path), teller.from);
    if (maps.length === 0) return first.value;
    const data = Object.create(null) as Record<string, unknown>;
    const keys = new Set(maps.toReversed().flatMap(({ value }) => Object.keys(value as object)));
    for (const key of keys) {
      const among = maps.flatMap(({ from, value }) => {
        const map = value as Record<string, unknown>;
        return Object.hasOwn(map, key) ? [{ from, value: map[key] }] : [];
      });
      data[key] = merge(among, [...path, key]);
    }
    return data;
  }

  const data = merge(
    layers.map((from) => ({ from, value: from.layer.tree.data })),
    [],
  );
  const layerAt = (path: ManifestPath): PlacedLayer<Kind> => {
    for (let length = path.length; length > 0; length--) {
      const known = origins.get(JSON.stringify(path.slice(0, length)));
      if (known) return known;
    }
    return origins.get('[]')!;
  };
  return {
    data,
    holes: layers.flatMap(({ layer }) => layer.tree.holes),
    layerAt,
    valueRange: (path) => {
      const { layer, start } = layerAt(path);
      return shifted(layer.tree.valueRange(path), start);
    },
    keyRange: (path) => {
      const { layer, start } = layerAt(path);
      const range = layer.tree.keyRange(path);
      return range && shifted(range, start);
    },
    numberText: (path) => layerAt(path).layer.tree.numberText(path),
  };
}
