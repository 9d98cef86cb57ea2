import type { FindingCode } from '../base/codes.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { COPY_AGAIN, METADATA_NAME, shown, SIGNATURE_NAME, SUMS_NAME } from './names.ts';
import type { FileDigest } from './tar.ts';

/** What the three witnesses say of one file. A list that could not be read is null, and asked nothing. */
interface Witnesses {
  /** `unread`: on the target, or lost in a damaged archive. */
  content: FileDigest | 'missing' | 'unread';
  sums: ReadonlyMap<string, string> | null;
  listing: ReadonlyMap<string, FileDigest> | null;
}

/** SHA256SUMS cannot list itself, nor what is made of it; bundle.json is listed there only. */
const listers = (path: string): string[] =>
  path === SUMS_NAME || path === SIGNATURE_NAME
    ? []
    : path === METADATA_NAME
      ? [SUMS_NAME]
      : [SUMS_NAME, METADATA_NAME];

/** Where content, SHA256SUMS and bundle.json do not agree on `path`: with two against one, that one is named. */
export function compareDigests(path: string, { content, sums, listing }: Witnesses): Diagnostic[] {
  const name = shown(path);
  const lists = [
    { list: SUMS_NAME, read: sums !== null, sha256: sums?.get(path) },
    { list: METADATA_NAME, read: listing !== null, sha256: listing?.get(path)?.sha256 },
  ].filter(({ read }) => read);
  const listed = lists.filter(({ sha256 }) => sha256 !== undefined);
  const names = listed.map(({ list }) => list).join(' and ');

  if (content === 'missing') {
    const who = listed.length > 0 ? `, and ${names} ${listed.length > 1 ? 'list' : 'lists'} it` : '';
    return [problem('bundle/missing', `${name} is not in the bundle${who}`)];
  }
  const expected = listers(path);
  const surplus = listed.filter(({ list }) => !expected.includes(list));
  if (surplus.length > 0) return [problem('bundle/lists', `${names} must not list ${name}`)];
  const silent = lists.filter(({ list, sha256 }) => expected.includes(list) && sha256 === undefined);
  if (silent.length > 0) {
    const who = silent.map(({ list }) => list);
    return [
      who.length > 1
        ? problem('bundle/surplus', `${name} is not part of the bundle: ${who.join(' and ')} do not list it`)
        : problem('bundle/lists', `${who.join()} does not list ${name}`),
    ];
  }
  return [...compareHashes(name, content, listed), ...compareSizes(name, content, listing?.get(path)?.size)];
}

function compareHashes(
  name: string,
  content: FileDigest | 'unread',
  listed: readonly { list: string; sha256: string | undefined }[],
): Diagnostic[] {
  const [first, second] = listed;
  const agree = first?.sha256 === second?.sha256;
  if (content === 'unread') {
    if (!first || !second || agree) return [];
    const what = `${first.list} and ${second.list} give different digests for ${name}`;
    return [problem('bundle/lists', what, { requested: first.sha256!, actual: second.sha256! })];
  }
  const wrong = listed.filter(({ sha256 }) => sha256 !== content.sha256);
  const [one] = wrong;
  if (!one) return [];
  const digests = { requested: one.sha256!, actual: content.sha256 };
  if (wrong.length < listed.length) {
    const right = listed.find(({ sha256 }) => sha256 === content.sha256)!;
    const what = `${one.list} gives another digest for ${name} than ${right.list}, which matches the content`;
    return [problem('bundle/lists', what, digests)];
  }
  if (!agree && second) {
    return [
      problem('bundle/content', `${name}: content, ${SUMS_NAME} and ${METADATA_NAME} all differ`, digests),
    ];
  }
  const who = listed.map(({ list }) => list).join(' and ');
  return [
    problem(
      'bundle/content',
      `the content of ${name} does not have the digest that ${who} ${second ? 'give' : 'gives'}`,
      digests,
    ),
  ];
}

function compareSizes(name: string, content: FileDigest | 'unread', size: number | undefined): Diagnostic[] {
  if (content === 'unread' || size === undefined || size === content.size) return [];
  const sizes = { requested: String(size), actual: String(content.size) };
  return [problem('bundle/size-differs', `${METADATA_NAME} gives a wrong size for ${name}`, sizes)];
}

const problem = (
  code: FindingCode,
  message: string,
  more: Pick<Diagnostic, 'requested' | 'actual'> = {},
): Diagnostic => ({
  code,
  severity: 'error',
  message,
  fix: COPY_AGAIN,
  ...more,
});
