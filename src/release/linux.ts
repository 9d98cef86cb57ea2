import { packageUrl } from './purl.ts';

/** What the version text of a Linux kernel says of where it is from. */
interface LinuxIdentity {
  version: string;
  purl: string;
  /** The name in vulnerability databases; `null`: the text does not say which release of kernel.org it is made from. */
  cpe: string | null;
}

/** `Debian 6.1.115-1`: the package's version, in the texts of Debian's kernels. */
const DEBIAN = /\bDebian ([0-9][0-9A-Za-z.+~]*-[0-9A-Za-z.+~]+)/;

/** Of kernel.org, and what somebody appended to it. */
const RELEASE = /^(\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)(?:-(rc\d{1,3}))?(?![\d.])/;

/** Distributions count their builds after `.0`, whatever stable release they are made from: `6.1.0-27-amd64`. */
const COUNTED = /^\d+\.\d+\.0-\d/;

const cpeOf = (text: string): string | null => {
  const [, version, candidate = '*'] = RELEASE.exec(text) ?? [];
  return version === undefined ? null : `cpe:2.3:o:linux:linux_kernel:${version}:${candidate}:*:*:*:*:*:*`;
};

/**
 * @param text the version text of a kernel: `6.1.192 (user@host) #1 SMP`
 * @param sha256 of the kernel; `null`: not known
 */
export function identifyLinux(text: string, sha256: string | null): LinuxIdentity {
  const release = text.split(' ', 1)[0]!;
  const [, packaged] = DEBIAN.exec(text) ?? [];
  const checksum = sha256 === null ? null : `sha256:${sha256}`;
  if (packaged !== undefined) {
    const purl = packageUrl({
      type: 'deb',
      namespace: 'debian',
      name: 'linux',
      version: packaged,
      qualifiers: { checksum },
    });
    return { version: packaged, purl, cpe: cpeOf(packaged.replace(/-[^-]*$/, '')) };
  }
  const purl = packageUrl({ type: 'generic', name: 'linux', version: release, qualifiers: { checksum } });
  return { version: release, purl, cpe: COUNTED.test(release) ? null : cpeOf(release) };
}
