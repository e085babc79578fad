import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnv, readSigningKeys } from '../../src/config/env';
import { allProcessUses } from '../../src/config/process-uses';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const secrets = {
  SLACK_BOT_TOKEN: 'xoxb-from-a-file',
  SLACK_APP_TOKEN: 'xapp-from-a-file',
  REDIS_URL: 'redis://:from-a-file@localhost',
  PEERING_SIGNING_KEY: 'the-output-of-openssl-rand-hex-32',
  PEERING_SIGNING_KEY_PREVIOUS: 'the-output-before-of-openssl-rand-hex-32',
  HTTPS_PROXY: 'http://someone:from-a-file@proxy.example:3128',
  HTTP_PROXY: 'http://someone:also-from-a-file@proxy.example:3128',
};

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const filesOf = (given: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).map(([name, text]) => [`${name}_FILE`, write(name, `${text}\n`)]));

it('for every secret of the environment', () => {
  expect(readEnv(filesOf(secrets), allProcessUses)).toMatchObject({
    ok: true,
    value: {
      slack: {
        botToken: secrets.SLACK_BOT_TOKEN,
        mode: { appToken: secrets.SLACK_APP_TOKEN },
        proxy: { https: secrets.HTTPS_PROXY, http: secrets.HTTP_PROXY },
      },
      redisUrl: secrets.REDIS_URL,
      signingKey: secrets.PEERING_SIGNING_KEY,
      previousSigningKey: secrets.PEERING_SIGNING_KEY_PREVIOUS,
    },
  });
  const { SLACK_APP_TOKEN: _, ...others } = secrets;
  const http = { ...filesOf({ ...others, SLACK_SIGNING_SECRET: 'signing-secret' }), PORT: '1' };
  expect(readEnv(http, allProcessUses)).toMatchObject({
    ok: true,
    value: { slack: { mode: { kind: 'http', signingSecret: 'signing-secret' } } },
  });
  expect(readSigningKeys(filesOf(secrets))).toMatchObject({
    ok: true,
    value: { signingKey: secrets.PEERING_SIGNING_KEY },
  });
});

it.each(Object.keys(secrets))('and %s is refused where its file cannot be used, without its text', (name) => {
  const read = (text: string | undefined, more = {}) => {
    const file = text === undefined ? join(folder, 'none') : write('one', text);
    return readEnv({ ...secrets, [name]: '', [`${name}_FILE`]: file, ...more }, allProcessUses);
  };
  for (const text of [undefined, '\n', 'LEAK LEAK\n', 'LEAK\nLEAK\n']) {
    expect(read(text)).toMatchObject({ ok: false, error: [{ path: `${name}_FILE` }] });
    expect(JSON.stringify(read(text))).not.toContain('LEAK');
  }
  expect(read('LEAK', { [name]: secrets.SLACK_BOT_TOKEN })).toMatchObject({
    ok: false,
    error: [{ path: `${name}_FILE` }],
  });
});
