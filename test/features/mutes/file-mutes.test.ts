import { withFileMutes } from '../../../src/features/mutes/file-mutes';
import { muteBlock } from '../../../src/features/mutes/mutes.message';
import { commands } from '../../../src/app/listeners';
import { handleCommand } from '../../../src/slack/handle-command';
import { actorOf, configOf, fakeTools, noLimit, requestBy } from '../../slack/support';

const tomorrow = Date.now() + 86_400_000;
const fileMute = {
  clusters: ['prod-*'],
  check: 'mesh-*',
  subject: null,
  by: 'platform team',
  reason: 'goes on Friday',
  untilMs: tomorrow,
  configuredAt: 'mutes[0] of clusters.yml',
};

const open = () => {
  const config = {
    ...configOf({ restrict: false, grants: [{ allow: ['mute', 'unmute', 'mutes'], users: ['UMEMBER'] }] }),
    mutes: [fileMute],
  };
  const { tools } = fakeTools({ config });
  const mutes = withFileMutes(tools.mutes, () => config);
  const all = { ...tools, mutes, record: async () => undefined };
  const give = async (text: string) => {
    const { reply, after } = await handleCommand(text, requestBy(actorOf('UMEMBER')), commands, all, noLimit);
    return (reply ?? (await after?.()))?.text ?? '';
  };
  return { give, mutes };
};

describe('mutes of the clusters file', () => {
  it('are listed with those of Slack, by their end', async () => {
    const { give, mutes } = open();
    await give('mute prod-east mesh-gateway-mode for 1h tomorrow');
    const listed = await mutes.list(['prod-east', 'staging'], Date.now());
    expect(listed.map(({ check, cluster, configuredAt }) => [check, cluster, configuredAt])).toEqual([
      ['mesh-gateway-mode', 'prod-east', undefined],
      ['mesh-*', 'prod-east', 'mutes[0] of clusters.yml'],
    ]);
    expect((await mutes.of('prod-west', Date.now())).map(({ by }) => by)).toEqual(['platform team']);
    expect(await mutes.of('prod-east', tomorrow)).toEqual([]);
    expect(await mutes.endingBetween(['prod-east'], tomorrow - 1, tomorrow)).toHaveLength(1);
  });

  it('have no button that ends them, and the command says where they are', async () => {
    const { give, mutes } = open();
    expect(JSON.stringify(muteBlock({ ...fileMute, createdMs: 0, cluster: 'prod-east' }))).not.toContain(
      'button',
    );
    expect(await give('unmute prod-east mesh-*')).toContain('mutes[0] of clusters.yml');
    expect(await mutes.of('prod-east', Date.now())).toHaveLength(1);
  });

  it('outlast a mute of Slack for the same findings', async () => {
    const { give, mutes } = open();
    await give('mute prod-east mesh-* for 1h tomorrow');
    expect(await give('unmute prod-east mesh-*')).toContain('mutes[0] of clusters.yml');
    expect(await mutes.of('prod-east', Date.now())).toHaveLength(1);
  });
});
