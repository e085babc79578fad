import { renderTokenForm } from './request-forms.modal';
import { askFor, clustersFor, noForm, usages } from './wanted';
import { defineCommand } from '../../slack/define';

export const token = defineCommand({
  name: 'token',
  usage: usages.token,
  summary: 'requests a peering token; after another person approves, it is shown once, to you alone',
  args: [
    { name: 'cluster', kind: 'cluster' },
    { name: 'peer', kind: 'word' },
    { name: 'rest', kind: 'rest', optional: true },
  ],
  decidedBy: 'job',
  access: ({ cluster }) => [cluster],
  run: ({ cluster, peer, rest = '' }, asked, tools) => {
    const [, replace, reason = ''] = /^(replace(?=\s|$))?\s*(.*)$/su.exec(rest) ?? [];
    return askFor(
      { kind: 'token', acceptor: cluster, peer, replace: replace !== undefined, reason },
      asked,
      tools,
    );
  },
  form: ({ cluster }, asked, tools) => {
    const clusters = clustersFor('token', asked, tools);
    return (
      noForm(clusters, tools) ?? renderTokenForm({ channel: asked.actor.channel, clusters, chosen: cluster })
    );
  },
});
