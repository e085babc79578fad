import type { ModalView } from '@slack/types';
import { channels, people } from '../../sandbox/workspace/people';
import { validateView } from '../../sandbox/workspace/blocks/validate';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { commandForms, submissions } from '../../src/app/listeners';
import type { AccessConfig, Config } from '../../src/config/config';
import { renderConnectForm } from '../../src/features/approvals/connect/connect-form.modal';
import { renderPairForm } from '../../src/features/approvals/pair/pair-form.modal';
import { renderTokenForm } from '../../src/features/approvals/token/token-form.modal';
import { formIdOf, renderCommandForm } from '../../src/render/slack/command-form';
import { inputAction, type LoadedOptions } from '../../src/render/slack/form';
import type { Throttle } from '../../src/slack/admission';
import { handleSubmission } from '../../src/slack/handle-submission';
import { handleSuggestion } from '../../src/slack/handle-suggestion';
import { describeWith } from '../lab/binaries';
import { type RedisServer, startRedis } from '../lab/redis';
import { startBotOn } from './bot';
import { actorOf, configOf, fakeTools, noLimit, ownedBy, requestBy } from './support';

jest.setTimeout(60_000);

const clusters = Array.from({ length: 700 }, (_, at) => `${at < 50 ? 'shop' : 'data'}-${1000 + at}`);
const grantsOf = (grant: Partial<AccessConfig['grants'][number]> = {}): AccessConfig => ({
  restrict: true,
  grants: [{ allow: ['*'], users: ['UMEMBER', 'UGUEST'], ...grant }],
});

const valuesIn = (found: LoadedOptions): readonly string[] =>
  ('options' in found ? found.options : found.option_groups.flatMap(({ options }) => options)).flatMap(
    ({ value }) => value ?? [],
  );

const elementsOf = ({ blocks }: ModalView) =>
  blocks.flatMap((block) => ('element' in block ? [block.element] : []));

describe('a form about more clusters than a drop-down holds', () => {
  const shared = { channel: 'C1', clusters };
  const sides = { acceptor: clusters[0], dialer: clusters.at(-1) };
  const modals: readonly (readonly [string, ModalView, number])[] = [
    ...commandForms
      .filter(({ fields }) => fields.some(({ element }) => element.kind.startsWith('cluster')))
      .map(
        (one) =>
          [
            formIdOf(one),
            renderCommandForm(one, {
              ...shared,
              thread: undefined,
              checkIds: ['peering-active'],
              values: {},
            }),
            1,
          ] as const,
      ),
    ['token', renderTokenForm({ ...shared, chosen: clusters.at(-1) }), 1],
    ['connect', renderConnectForm({ ...shared, ...sides }), 2],
    ['disconnect', renderPairForm('disconnect', { ...shared, ...sides }), 2],
  ];

  it.each(modals)('%s searches all of them, and says how many there are', (_, modal, count) => {
    expect(validateView(modal)).toEqual([]);
    const searched = elementsOf(modal).filter(({ type }) => type.endsWith('external_select'));
    expect(searched).toHaveLength(count);
    for (const element of searched)
      expect(JSON.stringify('placeholder' in element && element.placeholder)).toContain('700');
  });

  it('keeps the cluster that was typed', () => {
    const [element] = elementsOf(renderTokenForm({ ...shared, chosen: clusters.at(-1) }));
    expect(element).toMatchObject({ initial_option: { value: clusters.at(-1) } });
  });
});

interface Given {
  readonly access?: AccessConfig;
  readonly user?: string;
  /** The `callback_id` of the form. */
  readonly form?: string;
  readonly block?: string;
  readonly channel?: string;
  readonly throttle?: Throttle;
  readonly more?: Partial<Config>;
}

describe('a form of names that checks have found', () => {
  const hintOf = (count: number, form: string): string => {
    const one = commandForms.find((each) => formIdOf(each) === form);
    if (one === undefined) throw new Error('no such form');
    const options = Array.from({ length: count }, (_, at) => ({ text: `name-${at}`, value: `name-${at}` }));
    const modal = renderCommandForm(one, {
      channel: 'C1',
      thread: undefined,
      clusters: [],
      checkIds: [],
      values: {},
      names: [['prod-east', options]],
    });
    expect(validateView(modal)).toEqual([]);
    return JSON.stringify(modal.blocks.map((block) => 'hint' in block && block.hint));
  };

  it.each(['form:trace', 'form:impact'])('says how many of %s it does not list', (form) => {
    expect(hintOf(134, form)).toContain('34 more');
    expect(hintOf(100, form)).not.toContain('more are');
  });
});

describe('a search for a cluster', () => {
  const find = async (
    query: string,
    {
      access = grantsOf(),
      user = 'UMEMBER',
      form = 'form:check',
      block = 'cluster',
      channel = 'C1',
      throttle = noLimit,
      more = {},
    }: Given = {},
  ): Promise<LoadedOptions> => {
    const config = { ...configOf(access, clusters), ...more };
    const { tools } = fakeTools({ config });
    const metadata = JSON.stringify([1, channel, null]);
    const search = { callbackId: form, metadata, block, query };
    return handleSuggestion(search, requestBy(actorOf(user)), submissions, tools, throttle);
  };

  it('finds those with the words in their names, those that begin with them first', async () => {
    expect(valuesIn(await find('1699'))).toEqual(['data-1699']);
    expect(valuesIn(await find(' SHOP-104 '))).toHaveLength(10);
    expect(valuesIn(await find('none'))).toEqual([]);
  });

  it('shows a hundred, and says how many there are', async () => {
    const found = await find('data');
    expect(valuesIn(found)).toHaveLength(100);
    expect('option_groups' in found && found.option_groups[0]?.label.text).toContain('650');
  });

  it('finds owners, labels and all clusters where a form takes them, and not elsewhere', async () => {
    const owners = ownedBy({ 'shop-1000': { name: 'payments', labels: { env: 'prod' } } });
    const more = { owners };
    expect(valuesIn(await find('payments', { more }))).toEqual(['owner:payments']);
    expect(valuesIn(await find('env=', { more, form: 'form:digest', block: 'clusters' }))).toEqual([
      'label:env=prod',
    ]);
    expect(valuesIn(await find('all', { more }))).toEqual(['all']);
    expect(valuesIn(await find('all', { more, form: 'form:trace-typed' }))).toEqual([]);
    expect(valuesIn(await find('payments', { more, form: 'form:trace-typed' }))).toEqual([]);
  });

  it('finds only clusters that the person may see, in the channel of the form', async () => {
    const access = grantsOf({ clusters: ['shop-*'], channels: ['C1'] });
    expect(valuesIn(await find('10', { access }))).toHaveLength(50);
    expect(valuesIn(await find('data', { access }))).toEqual([]);
    expect(valuesIn(await find('shop', { access, channel: 'C2' }))).toEqual([]);
  });

  it('finds for a request only clusters that have a token to write with', async () => {
    const configured = configOf(grantsOf(), clusters).clusters;
    const writable = new Map(
      [...configured].map(([name, cluster]) => [
        name,
        name.startsWith('shop') ? { ...cluster, peeringToken: { env: 'W' } } : cluster,
      ]),
    );
    for (const form of ['approval:ask-token', 'approval:ask-connect', 'approval:ask-renew'])
      expect(
        valuesIn(await find('-10', { form, block: 'acceptor', more: { clusters: writable } })),
      ).toHaveLength(50);
  });

  it.each<[string, Given]>([
    ['a guest', { user: 'UGUEST' }],
    ['another input', { block: 'peer' }],
    ['a modal that is none of these', { form: 'mute:finding' }],
    ['an unknown modal', { form: 'x' }],
    [
      'a person who searches too much',
      { throttle: async () => ({ kind: 'too-many', perMinute: 1, retryMs: 1 }) },
    ],
  ])('finds nothing for %s', async (_, over) => {
    expect(valuesIn(await find('shop', over))).toEqual([]);
  });

  it('finds nothing without the channel, which the bot has written', async () => {
    const { tools } = fakeTools({ config: configOf(grantsOf(), clusters) });
    for (const metadata of [undefined, '', '[]', '[1]', '[1,7]', '{}']) {
      const search = { callbackId: 'form:check', metadata, block: 'cluster', query: '' };
      expect(
        valuesIn(await handleSuggestion(search, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit)),
      ).toEqual([]);
    }
  });

  it('is followed by the command for the cluster that was found', async () => {
    const { tools, queued } = fakeTools({ config: configOf(grantsOf(), clusters) });
    const selected_option = { text: { type: 'plain_text', text: 'data-1699' }, value: 'data-1699' };
    const modal = {
      callback_id: 'form:check',
      private_metadata: JSON.stringify([1, 'C1', null]),
      state: { values: { cluster: { [inputAction]: { type: 'external_select', selected_option } } } },
    };
    await handleSubmission(modal, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit);
    expect(queued).toMatchObject([{ job: 'check-cluster', payload: { cluster: 'data-1699' } }]);
  });
});

describeWith(['redis'], 'Slack', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it.each(['socket', 'http'] as const)('loads the options of a form in %s mode', async (mode) => {
    const slack: Workspace = await startWorkspace();
    const { requester } = people;
    const config = configOf({ restrict: false, grants: [] }, clusters);
    const uses = { roles: ['bot'], queues: [] } as const;
    const stop = await startBotOn(slack, server.url, config, { mode, uses });
    try {
      await slack.typeCommand(requester.id, channels.platform, '/peering check');
      const view = await slack.until(
        () => slack.views(requester.id).find(({ content }) => content['callback_id'] === 'form:check'),
        'the form',
      );
      const { ack } = await slack.deliver('interactive', {
        type: 'block_suggestion',
        user: { id: requester.id, team_id: slack.teamId },
        team: { id: slack.teamId },
        view: view.content,
        action_id: inputAction,
        block_id: 'cluster',
        value: '1699',
      });
      expect(ack).toMatchObject({ options: [{ value: 'data-1699' }] });
    } finally {
      await stop();
      await slack.stop();
    }
  });
});
