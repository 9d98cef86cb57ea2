import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutSecrets } from '../../../src/reports/html/secrets.ts';
import { RUNS } from '../../helpers/runs.ts';

test.each([
  ['console=ttyS0 password=hunter2 quiet', 'console=ttyS0 password=[hidden] quiet'],
  ['rd.luks.key=/dev/sda1', 'rd.luks.key=[hidden]'],
  [
    'PASSWORD=a wifi.psk=b api_key=c myToken=d',
    'PASSWORD=[hidden] wifi.psk=[hidden] api_key=[hidden] myToken=[hidden]',
  ],
  ['password="a b" quiet', 'password=[hidden] quiet'],
  ['"password=a b" quiet', '"password=[hidden]" quiet'],
  [String.raw`cmdline: "x password=\"a b\" y"`, 'cmdline: "x password=[hidden] y"'],
  ['password="a b', 'password=[hidden]'],
  ["'secret=a' is unknown", "'secret=[hidden]' is unknown"],
  ['systemd.set_credential=passwd.root:abc', 'systemd.set_credential=[hidden]'],
  [
    'cifsroot=//server/share,username=u,password=p,rw',
    'cifsroot=//server/share,username=u,password=[hidden]',
  ],
  ['CONFIG_CMDLINE="ro token=x"', 'CONFIG_CMDLINE="ro token=[hidden]'],
  ['ds=nocloud;s=https://user:pw@host/', 'ds=nocloud;s=https://[hidden]@host/'],
  ['url=https://user:p@w@host/ https://token@host/', 'url=https://[hidden]@host/ https://[hidden]@host/'],
  ['netroot=iscsi:user:pw@10.0.0.1:::', 'netroot=iscsi:[hidden]@10.0.0.1:::'],
  ['pw=a root_pw=b dbpass=c password1=d', 'pw=[hidden] root_pw=[hidden] dbpass=[hidden] password1=[hidden]'],
  [
    'creds=a tokens=b passcode=c user[password]=[hidden]',
    'creds=[hidden] tokens=[hidden] passcode=[hidden] user[password]=[hidden]',
  ],
  ['password[0]=a', 'password[0]=[hidden]'],
  ['quiet -- --password a -token "b c" d', 'quiet -- --password [hidden] -token [hidden] d'],
  ['password=a"b c"d e', 'password=[hidden] e'],
  ['password="a b"c d', 'password=[hidden] d'],
  ['"password=a b"c d', '"password=[hidden] d'],
  ["  - 'password=a b'", "  - 'password=[hidden]'"],
  ['> 5 |   - password=a b\n  6 |   - ro', '> 5 |   - password=[hidden]\n  6 |   - ro'],
  ['cmdline: [ro, password=a b, rw]', 'cmdline: [ro, password=[hidden], rw]'],
])('%s', (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});

test.each([
  'console=ttyS0,115200 root=/dev/vda ro 8250.nr_uarts=1',
  'CONFIG_KEYS=y, CONFIG_MODULE_SIG_KEY="certs/key.pem", CONFIG_KEYBOARD_ATKBD=y',
  'disable_bypass=n ima_hash=sha256 -- --password --verbose',
  'keymap=de monkeys=3 password= token',
])('%s says nothing that is secret', (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

test('no value is shown, whatever is around it', () => {
  const around = fc.stringMatching(/^[a-z0-9=,. "]*$/);
  const value = fc.stringMatching(/^[A-Z]{3,9}$/);
  fc.assert(
    fc.property(around, value, around, (before, secret, after) => {
      expect(withoutSecrets(`${before} password=${secret} ${after}`)).not.toContain(secret);
    }),
    { numRuns: RUNS },
  );
});

test('a long text takes no long time', () => {
  const start = performance.now();
  withoutSecrets('a'.repeat(1_000_000));
  withoutSecrets('a.'.repeat(500_000));
  withoutSecrets('password=x '.repeat(100_000));
  withoutSecrets('://a:b'.repeat(200_000));
  withoutSecrets('://@a'.repeat(200_000));
  withoutSecrets('- password="a'.repeat(100_000));
  withoutSecrets(', password=a'.repeat(100_000));
  withoutSecrets('--token '.repeat(100_000));
  expect(performance.now() - start).toBeLessThan(20_000);
});
