import type { ModalView } from '@slack/types';
import { commandForms, commands, submissions } from '../../src/app/listeners';
import type { AccessConfig, Config } from '../../src/config/config';
import { renderCommandForm, withPreview, type FieldValues } from '../../src/render/slack/command-form';
import { inputAction } from '../../src/render/slack/form';
import { readFields } from '../../src/slack/command-form';
import { handleCommand } from '../../src/slack/handle-command';
import { handleSubmission } from '../../src/slack/handle-submission';
import { createLatestOnly } from '../../src/slack/latest-only';
import { clustersIn } from '../../src/slack/shortcuts';
import { validateView } from '../../sandbox/workspace/blocks/validate';
import { actorOf, configOf, fakeTools, noLimit, ownedBy, requestBy } from './support';

const onlyEast: AccessConfig = {
  restrict: true,
  grants: [{ allow: ['check', 'mute'], users: ['UMEMBER'], clusters: ['prod-east'] }],
};

const everything: AccessConfig = {
  restrict: true,
  grants: [{ allow: ['*'], users: ['UMEMBER'] }],
};

const owned = (access: AccessConfig): Config => ({
  ...configOf(access),
  owners: ownedBy({
    'prod-east': { name: 'shop', labels: { env: 'prod' } },
    'prod-west': { name: 'payments' },
  }),
});

/** The modal that a command shows in the end. */
const modalOf = async (text: string, access = everything): Promise<ModalView | undefined> => {
  let shown: ModalView | undefined;
  const modals = {
    open: async () => 'V1',
    fill: async (_: string, view: ModalView) => {
      shown = view;
    },
  };
  const { tools } = fakeTools({ config: owned(access) });
  const request = { ...requestBy(actorOf('UMEMBER')), modals };
  const { after } = await handleCommand(text, request, commands, tools, noLimit);
  await after?.();
  return shown;
};

const option = (value: string) => ({ selected_option: { value } });
const submit = async (view: ModalView | undefined, inputs: Readonly<Record<string, object>>) => {
  const { tools, queued } = fakeTools({ config: owned(everything) });
  const values = Object.fromEntries(
    Object.entries(inputs).map(([block, input]) => [block, { [inputAction]: input }]),
  );
  const modal = {
    callback_id: view?.callback_id ?? '',
    private_metadata: view?.private_metadata ?? '',
    state: { values },
  };
  const answer = await handleSubmission(modal, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit);
  const reply = answer.reply ?? (await answer.after?.());
  return { ...answer, reply, queued };
};

describe.each(commandForms.map((one) => [one.command, one] as const))('the form of %s', (_, one) => {
  const options = {
    channel: 'C1',
    thread: undefined,
    clusters: ['prod-east'],
    checkIds: ['peering-active'],
    names: [['prod-east', [{ text: 'peer/west', value: '[1,"prod-east","peer/west"]' }]]] as const,
  };

  it('is one that Slack accepts, also with the longest names', () => {
    const clusters = Array.from({ length: 600 }, (__, at) => `${at}`.padEnd(64, 'x'));
    const checkIds = Array.from({ length: 90 }, (__, at) => `${at}`.padEnd(40, 'x'));
    const names = clusters.map((name) => [name, [{ text: name, value: name }]] as const);
    const selectors = clusters.map((name) => `label:${name}=${name}`);
    for (const shown of [options, { ...options, clusters, selectors, checkIds, names }]) {
      expect(validateView(renderCommandForm(one, { ...shown, values: {} }))).toEqual([]);
    }
  });

  it('tells Slack about every change', () => {
    const { blocks } = renderCommandForm(one, { ...options, values: {} });
    const inputs = blocks.filter(({ type }) => type === 'input');
    expect(inputs.length).toBe(one.fields.length);
    expect(inputs.every((block) => 'dispatch_action' in block && block.dispatch_action)).toBe(true);
  });

  it('shows the command that its inputs make, and keeps them', () => {
    const { blocks, ...modal } = renderCommandForm(one, { ...options, values: {} });
    const values: FieldValues = { cluster: ['prod-east'], clusters: ['prod-east'], when: ['daily 09:00'] };
    const open = { ...modal, private_metadata: 'kept', blocks };
    const changed = withPreview(one, open, values);
    expect(validateView(changed)).toEqual([]);
    expect(changed.private_metadata).toBe('kept');
    expect(changed.blocks.slice(0, -1)).toEqual(blocks.slice(0, -1));
    const line = ['/peering', one.command, ...one.words(values)].join(' ');
    expect(JSON.stringify(changed.blocks.at(-1))).toContain(line);
  });
});

describe('a form instead of missing words', () => {
  it('offers only clusters that the person may see', async () => {
    const text = JSON.stringify(await modalOf('check', onlyEast));
    expect(text).toContain('prod-east');
    expect(text).not.toContain('prod-west');
  });

  it('offers the owners and labels of clusters that the person may see, and no others', async () => {
    const optionsOf = async (text: string, access?: AccessConfig) => {
      const found = JSON.stringify(await modalOf(text, access)).matchAll(
        /"value":"((?:owner|label):[^"]*)"/g,
      );
      return [...found].map(([, word]) => word);
    };
    const ofEast = ['owner:shop', 'label:env=prod', 'label:env'];
    expect(await optionsOf('check', onlyEast)).toEqual(ofEast);
    expect(await optionsOf('check')).toEqual([...ofEast, 'owner:payments']);
    expect(await optionsOf('digest')).toEqual([...ofEast, 'owner:payments']);
    // A call has one cluster.
    expect(await optionsOf('trace')).toEqual([]);
  });

  it('checks the clusters of an owner that is chosen', async () => {
    const inputs = { cluster: option('owner:shop'), peer: { value: null } };
    const { queued } = await submit(await modalOf('check'), inputs);
    expect(queued).toMatchObject([{ job: 'check-fleet', payload: { words: ['owner:shop'] } }]);
  });

  it('keeps what was typed', async () => {
    expect(JSON.stringify(await modalOf('mute prod-east'))).toContain('"initial_option"');
  });

  it('shows in the command only what is chosen, such as the usual length of a mute', async () => {
    const view = await modalOf('mute');
    const length = view?.blocks.find((block) => block.block_id === 'for');
    expect(length).toMatchObject({ element: { initial_option: { value: '7d' } } });
  });

  it('checks the cluster that is chosen', async () => {
    const inputs = { cluster: option('prod-east'), peer: { value: 'west' } };
    const { queued } = await submit(await modalOf('check'), inputs);
    expect(queued).toMatchObject([
      { job: 'check-cluster', payload: { cluster: 'prod-east', peer: 'west', channel: 'C1' } },
    ]);
  });

  it('adds the digest that is described', async () => {
    const { queued } = await submit(await modalOf('digest'), {
      clusters: { selected_options: [{ value: 'prod-east' }, { value: 'prod-west' }] },
      when: { value: 'weekdays 09:00' },
      zone: { value: 'Europe/Berlin' },
      changes: option('only-changes'),
    });
    expect(queued).toMatchObject([
      {
        job: 'manage-digest',
        payload: {
          change: {
            kind: 'add',
            clusters: ['prod-east', 'prod-west'],
            zone: 'Europe/Berlin',
            onlyChanges: true,
          },
        },
      },
    ]);
  });

  it('says what is wrong with what was typed', async () => {
    const view = await modalOf('digest');
    const clusters = { selected_options: [{ value: 'prod-east' }] };
    const { reply, queued } = await submit(view, {
      clusters,
      when: { value: 'sometimes' },
      zone: { value: null },
      changes: { selected_option: null },
    });
    expect([queued, reply?.text]).toEqual([[], expect.stringContaining('/peering digest add')]);
  });

  it('shows at the cluster that it is not configured any more', async () => {
    const { errors, queued } = await submit(await modalOf('check'), {
      cluster: option('gone'),
      peer: { value: null },
    });
    expect([queued, Object.keys(errors ?? {})]).toEqual([[], ['cluster']]);
  });
});

it('reads nothing from inputs that are not the form’s own', () => {
  const [first] = commandForms;
  if (first === undefined) throw new Error('no forms');
  const modal = {
    callback_id: 'x',
    private_metadata: '',
    state: { values: { cluster: { [inputAction]: { selected_option: { value: 7 } } } } },
  };
  expect(readFields(first, modal)).toEqual({});
});

describe('clusters in a message', () => {
  const names = ['prod', 'prod-east', 'eu.west', 'stage'];
  it.each([
    ['prod-east is down', ['prod-east']],
    ['what about prod, or eu.west?', ['prod', 'eu.west']],
    ['reproduce in production', []],
    ['see `stage`.', ['stage']],
    ['```\ncluster=stage\n```', ['stage']],
    ['_stage_ and *prod*', ['prod', 'stage']],
    ['PROD-EAST is down', ['prod-east']],
    ['<https://grafana.example/d/x?cluster=prod-east|board>', ['prod-east']],
    ['<https://prod-east.example/ui|board>', []],
  ])('%j', (text, expected) => {
    expect(clustersIn({ text }, names)).toEqual(expected);
  });

  it('are found in attachments, as alerts have them', () => {
    const message = { text: '', attachments: [{ fields: [{ title: 'cluster', value: 'stage' }] }] };
    expect(clustersIn(message, names)).toEqual(['stage']);
  });

  it('are not the words that blocks are made of', () => {
    const message = {
      type: 'message',
      text: 'look at stage',
      user: 'prod',
      blocks: [{ type: 'actions', elements: [{ type: 'button', style: 'primary', action_id: 'prod' }] }],
      attachments: [{ color: 'danger', fallback: 'eu.west' }],
    };
    const found = clustersIn(message, [...names, 'primary', 'danger', 'message', 'actions']);
    expect(found).toEqual(['eu.west', 'stage']);
  });
});

it('runs the newest of the tasks that wait, one at a time', async () => {
  const latestOnly = createLatestOnly();
  const ran: number[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = latestOnly('V1', async () => {
    await held;
    ran.push(1);
  });
  for (const at of [2, 3, 4])
    await latestOnly('V1', async () => {
      ran.push(at);
    });
  await latestOnly('V2', async () => {
    ran.push(0);
  });
  release();
  await first;
  expect(ran).toEqual([0, 1, 4]);
});
