import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { muteButtons } from '../../src/features/mutes/mute-buttons';
import { createMutes } from '../../src/features/mutes/mutes.store';
import type { RedisClient } from '../../src/redis/redis';
import { elementsIn } from '../../sandbox/workspace/input';
import { channels, people } from '../../sandbox/workspace/people';
import type { Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { sealer } from '../sealer';
import { startBotStage } from './bot-stage';
import type { BotProcess } from './support';

jest.setTimeout(60_000);

const { requester } = people;
const { id: action } = muteButtons.endGroup;
const channel = channels.platform;
const names = ['prod-east', 'prod-west', 'staging'];
const selector = 'label:team=payments';

describeWith(['redis'], 'a mute of all clusters with a label, listed and ended', () => {
  let redis: RedisClient;
  let slack: Workspace;
  let bot: BotProcess;
  let file: string;
  const ends: (() => unknown)[] = [];

  /** Writes the clusters file, in which a team owns some of the clusters. */
  const write = (owned: readonly string[]): void =>
    writeFileSync(
      file,
      `clusters:
${names
  .map(
    (name) =>
      `  ${name}: { address: 'http://127.0.0.1:1'${owned.includes(name) ? ', owner: { usergroup: S0TEAM, channel: C0PLATFORM, labels: { team: payments } }' : ''} }`,
  )
  .join('\n')}
access:
  - { allow: [mute, unmute, mutes], users: [${requester.id}], clusters: [prod-*] }
`,
    );
  const type = (words: string) => slack.typeCommand(requester.id, channel, `/peering ${words}`);
  const mutesOf = (cluster: string) => createMutes(redis, sealer).of(cluster, Date.now());
  const muted = async (): Promise<readonly string[]> => {
    const all = await Promise.all(names.map(async (name) => ({ name, mutes: await mutesOf(name) })));
    return all.filter(({ mutes }) => mutes.length > 0).map(({ name }) => name);
  };
  const isMuted = (...expected: readonly string[]) =>
    waitFor(
      `mutes on ${expected.join()}`,
      async () => (await muted()).join() === expected.join() || undefined,
    );
  const lists = () =>
    slack
      .ephemerals(requester.id)
      .filter(({ blocks }) => elementsIn(blocks).some(({ element }) => element['action_id'] === action));

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mute-groups-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    file = join(folder, 'clusters.yml');
    write(['prod-east', 'prod-west', 'staging']);
    ({ redis, slack, bot } = await startBotStage({ clusters: '', env: { PEERING_CLUSTERS: file } }, ends));
  }, 60_000);
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  it('ends it on every cluster that has it and that the person may unmute, after the label has gone', async () => {
    await type(`mute ${selector} mesh-* for 7d goes on Friday`);
    await isMuted('prod-east', 'prod-west');
    // As a person with a right to all clusters would have made it.
    const [made] = await mutesOf('prod-east');
    if (made === undefined) throw new Error('no mute');
    await createMutes(redis, sealer).add('staging', made);

    await type('mutes');
    const list = await slack.until(() => lists().at(-1), 'the list');
    expect(names.filter((name) => JSON.stringify(list.blocks).includes(name))).toEqual([
      'prod-east',
      'prod-west',
    ]);

    write(['staging']);
    process.kill(bot.pid, 'SIGHUP');
    await waitFor('the new labels', () => bot.output().includes('"msg":"read the configuration again"'), {
      timeoutMs: 20_000,
    });
    const before = slack.ephemerals(requester.id).length;
    await slack.click(requester.id, list.ts, action);
    await isMuted('staging');
    const answer = await slack.until(() => slack.ephemerals(requester.id)[before], 'the answer');
    expect(JSON.stringify(answer.blocks)).not.toContain('staging');
  });
});
