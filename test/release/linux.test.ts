import { expect, test } from 'vitest';
import { identifyLinux } from '../../src/release/linux.ts';

const CPE = 'cpe:2.3:o:linux:linux_kernel';

test.each([
  ['6.1.192 (user@host) #1 SMP', '6.1.192', 'pkg:generic/linux@6.1.192', `${CPE}:6.1.192:*:*:*:*:*:*:*`],
  ['6.12.0-rc3 (a@b) #2', '6.12.0-rc3', 'pkg:generic/linux@6.12.0-rc3', `${CPE}:6.12.0:rc3:*:*:*:*:*:*`],
  [
    '5.10.1-rt20-board+ (a@b) #2',
    '5.10.1-rt20-board+',
    'pkg:generic/linux@5.10.1-rt20-board%2B',
    `${CPE}:5.10.1:*:*:*:*:*:*:*`,
  ],
  // Distributions count their builds after `.0`: which stable release it is, Debian's text alone says.
  [
    '6.1.0-27-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.115-1 (2024-11-01)',
    '6.1.115-1',
    'pkg:deb/debian/linux@6.1.115-1',
    `${CPE}:6.1.115:*:*:*:*:*:*:*`,
  ],
  [
    '6.8.0-45-generic (buildd@lcy02) #45-Ubuntu SMP',
    '6.8.0-45-generic',
    'pkg:generic/linux@6.8.0-45-generic',
    null,
  ],
  ['6.1.2.3', '6.1.2.3', 'pkg:generic/linux@6.1.2.3', null],
])('%s', (text, version, purl, cpe) => {
  expect(identifyLinux(text, null)).toEqual({ version, purl, cpe });
  expect(identifyLinux(text, 'ab').purl).toBe(`${purl}?checksum=sha256:ab`);
});
