/** A package URL (the purl specification): the name of a component that scanners look up. */
export interface PackageUrl {
  type: string;
  namespace?: string | null;
  name: string;
  version?: string | null;
  qualifiers?: Readonly<Record<string, string | null>>;
}

/** A colon stays as it is; halves of surrogate pairs are replaced, as UTF-8 cannot have them. */
const encode = (text: string): string =>
  encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\ufffd'))
    .replaceAll('%3A', ':')
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** `pkg:deb/debian/bash@5.2.15-2?arch=amd64`. Qualifiers that are `null` are left out, the others sorted. */
export function packageUrl({ type, namespace, name, version, qualifiers = {} }: PackageUrl): string {
  const pairs = Object.entries(qualifiers)
    .filter((pair): pair is [string, string] => pair[1] !== null)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${encode(value)}`);
  return [
    `pkg:${type}/`,
    namespace ? `${encode(namespace)}/` : '',
    encode(name),
    version ? `@${encode(version)}` : '',
    pairs.length > 0 ? `?${pairs.join('&')}` : '',
  ].join('');
}
