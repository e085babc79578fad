import type { ModalView } from '@slack/types';
import { commands, submissions } from '../../../src/app/listeners';
import type { AccessConfig } from '../../../src/config/config';
import type { Latest } from '../../../src/features/history';
import { encodeParts } from '../../../src/render/slack/button-value';
import { withPreview } from '../../../src/render/slack/command-form';
import { readFields } from '../../../src/slack/command-form';
import { traceForm } from '../../../src/features/trace/trace-form';
import { inputAction } from '../../../src/render/slack/form';
import { handleCommand } from '../../../src/slack/handle-command';
import { handleSubmission } from '../../../src/slack/handle-submission';
import { actorOf, configOf, fakeTools, noLimit, requestBy } from '../../slack/support';

const call = (service: string, destination: string) => ({ service, destination });

/** The newest runs of clusters. The names come from Consul, and may be hostile. */
const seen: Readonly<Record<string, Latest['peers']>> = {
  'prod-east': [
    { name: 'west', state: 'ACTIVE', calls: [call('web', 'billing'), call('shop', 'bill<>&"ing')] },
  ],
  'prod-west': [{ name: 'east', state: 'ACTIVE', calls: [call('secret', 'api')] }],
  staging: [{ name: 'lab', state: 'PENDING' }],
};

const onlyEast: AccessConfig = {
  restrict: true,
  grants: [{ allow: ['trace', 'impact'], users: ['UMEMBER'], clusters: ['prod-east'] }],
};

const toolsWith = (access?: AccessConfig, known = seen) => {
  const { tools, queued } = fakeTools({ config: configOf(access) });
  const latest = async (names: readonly string[]): Promise<ReadonlyMap<string, Latest>> =>
    new Map(
      names.map((name) => [
        name,
        {
          run: 'r',
          verdict: 'ready',
          at: '2026-11-23T14:00:00Z',
          peers: known[name],
          ...(name === 'prod-east' && known === seen && { gateways: ['mesh-gateway'] }),
        },
      ]),
    );
  return { tools: { ...tools, reports: { ...tools.reports, latest } }, queued };
};

/** The modal that a command shows in the end. */
const modalOf = async (text: string, access?: AccessConfig, known = seen): Promise<ModalView | undefined> => {
  let shown: ModalView | undefined;
  const modals = {
    open: async (view: ModalView) => {
      shown = view;
      return 'V1';
    },
    fill: async (_: string, view: ModalView) => {
      shown = view;
    },
  };
  const request = { ...requestBy(actorOf('UMEMBER')), modals };
  const { after } = await handleCommand(text, request, commands, toolsWith(access, known).tools, noLimit);
  await after?.();
  return shown;
};

interface Option {
  readonly text: { readonly text: string };
  readonly value: string;
}

interface Input {
  readonly element?: {
    readonly option_groups?: readonly {
      readonly label: { readonly text: string };
      readonly options: readonly Option[];
    }[];
  };
}

const groupsOf = (view: ModalView | undefined) =>
  (view?.blocks ?? []).flatMap((block) => (block as Input).element?.option_groups ?? []);

const choices = (view: ModalView | undefined): readonly string[] =>
  groupsOf(view).flatMap(({ label, options }) => options.map(({ text }) => `${label.text}: ${text.text}`));

/** A name with characters that Slack sends back as entities, and as it is shown. */
const [hostile, shown] = ['bill<>&"ing', 'bill‹›＆"ing'];

describe('the drop-down of a trace', () => {
  it.each([
    [
      'trace',
      [
        'prod-east: web → billing (west)',
        `prod-east: shop → ${shown} (west)`,
        'prod-west: secret → api (east)',
      ],
    ],
    ['trace prod-west', ['prod-west: secret → api (east)']],
    ['trace prod-east shop', [`prod-east: shop → ${shown} (west)`]],
  ])('%s offers the calls that were last seen', async (text, expected) => {
    expect(choices(await modalOf(text))).toEqual(expected);
  });

  it('names nothing of a cluster that the person may not trace in', async () => {
    const all = choices(await modalOf('trace', onlyEast));
    expect(all.map((one) => one.split(':')[0])).toEqual(['prod-east', 'prod-east']);
    expect(JSON.stringify(await modalOf('trace prod-west', onlyEast)) ?? '').not.toContain('secret');
    expect(JSON.stringify(await modalOf('impact', onlyEast))).not.toContain('secret');
  });

  it('names no cluster of a choice that the person may not trace in', async () => {
    const view = await modalOf('trace prod-east');
    const { tools, queued } = toolsWith(onlyEast);
    const value = encodeParts(['prod-west', 'secret', 'api', 'east']) ?? '';
    const submitted = {
      callback_id: view?.callback_id ?? '',
      private_metadata: view?.private_metadata ?? '',
      state: { values: { call: { [inputAction]: { selected_option: { value } } } } },
    };
    await handleSubmission(submitted, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit);
    expect(queued).toEqual([]);
  });

  it('shows the command that its choice makes', async () => {
    const view = await modalOf('trace prod-east');
    const value = encodeParts(['prod-east', 'web', 'billing', 'west']) ?? '';
    const state = { values: { call: { [inputAction]: { selected_option: { value } } } } };
    const modal = { callback_id: '', private_metadata: '', state };
    const open = { ...view, private_metadata: '', title: { text: '' }, blocks: view?.blocks ?? [] };
    const changed = withPreview(traceForm, open, readFields(traceForm, modal));
    expect(JSON.stringify(changed.blocks)).toContain('/peering trace prod-east web billing west');
  });

  it('is a form to type the names where no call was seen, which queues them', async () => {
    const view = await modalOf('trace staging');
    expect(choices(view)).toContain('prod-east … staging: staging');
    const { tools, queued } = toolsWith();
    const submitted = {
      callback_id: view?.callback_id ?? '',
      private_metadata: view?.private_metadata ?? '',
      state: {
        values: {
          cluster: { [inputAction]: { selected_option: { value: 'staging' } } },
          service: { [inputAction]: { value: 'web' } },
          destination: { [inputAction]: { value: 'billing' } },
          peer: { [inputAction]: { value: null } },
        },
      },
    };
    await handleSubmission(submitted, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit);
    expect(queued).toMatchObject([
      {
        job: 'trace-call',
        payload: { cluster: 'staging', service: 'web', destination: 'billing', peer: null },
      },
    ]);
  });

  it('queues the call that was chosen', async () => {
    const view = await modalOf('trace prod-east shop');
    const [chosen] = groupsOf(view).flatMap(({ options }) => options);
    const { tools, queued } = toolsWith();
    const submitted = {
      callback_id: view?.callback_id ?? '',
      private_metadata: view?.private_metadata ?? '',
      state: { values: { call: { [inputAction]: { selected_option: chosen } } } },
    };
    await handleSubmission(submitted, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit);
    expect(queued).toMatchObject([
      {
        job: 'trace-call',
        payload: { cluster: 'prod-east', service: 'shop', destination: hostile, peer: 'west' },
      },
    ]);
  });
});

describe('the drop-down of an impact', () => {
  it('offers peers, mesh gateways and the services that call peers, and queues the choice', async () => {
    const view = await modalOf('impact prod-east', onlyEast);
    expect(choices(view)).toEqual([
      'prod-east: peer/west',
      'prod-east: gateway/mesh-gateway',
      'prod-east: service/shop',
      'prod-east: service/web',
    ]);
    const [chosen] = groupsOf(view).flatMap(({ options }) => options);
    const { tools, queued } = toolsWith(onlyEast);
    const submitted = {
      callback_id: view?.callback_id ?? '',
      private_metadata: view?.private_metadata ?? '',
      state: { values: { part: { [inputAction]: { selected_option: chosen } } } },
    };
    await handleSubmission(submitted, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit);
    expect(queued).toMatchObject([
      { job: 'find-impact', payload: { cluster: 'prod-east', part: 'peer/west' } },
    ]);
  });

  it('is a form to type the part where none was seen, for clusters that the person may see', async () => {
    expect(choices(await modalOf('impact', onlyEast, {}))).toEqual(['prod-east: prod-east']);
    const open = await modalOf('impact prod-east', onlyEast, {});
    expect(open?.blocks.map(({ block_id }) => block_id)).toEqual(['cluster', 'part', 'preview']);
    const { tools, queued } = toolsWith(onlyEast);
    const submitted = {
      callback_id: open?.callback_id ?? '',
      private_metadata: open?.private_metadata ?? '',
      state: {
        values: {
          cluster: { [inputAction]: { selected_option: { value: 'prod-east' } } },
          part: { [inputAction]: { value: 'gateway/mesh-gateway' } },
        },
      },
    };
    await handleSubmission(submitted, requestBy(actorOf('UMEMBER')), submissions, tools, noLimit);
    expect(queued).toMatchObject([
      { job: 'find-impact', payload: { cluster: 'prod-east', part: 'gateway/mesh-gateway' } },
    ]);
  });
});
