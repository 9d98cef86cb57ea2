/**
 * The section of a version, without its heading.
 *
 * @returns `null` if there is none
 */
export function sectionOf(changelog, version) {
  const [, ...sections] = changelog.split(/^## /m);
  for (const section of sections) {
    const [heading] = section.split('\n', 1);
    const [named, ...more] = heading.split(' ');
    if (named !== version) continue;
    return { isUnreleased: more.join(' ') === '(unreleased)', text: section.slice(heading.length).trim() };
  }
  return null;
}
