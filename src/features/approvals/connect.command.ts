import { renderConnectForm } from './request-forms.modal';
import { askFor, clustersFor, nameFor, noForm, usages } from './wanted';
import { defineCommand } from '../../slack/define';

export const connect = defineCommand({
  name: 'connect',
  usage: usages.connect,
  summary:
    'requests to peer two clusters; after another person approves, the bot peers them and nobody sees a token',
  args: [
    { name: 'acceptor', kind: 'cluster' },
    { name: 'dialer', kind: 'cluster' },
    { name: 'reason', kind: 'rest', optional: true },
  ],
  decidedBy: 'job',
  access: ({ acceptor, dialer }) => [acceptor, dialer],
  run: ({ acceptor, dialer, reason = '' }, asked, tools) => {
    const { clusters } = tools.config;
    const peer = nameFor(clusters.get(acceptor), dialer);
    const dialerPeer = nameFor(clusters.get(dialer), acceptor);
    return askFor({ kind: 'connect', acceptor, dialer, peer, dialerPeer, reason }, asked, tools);
  },
  form: ({ acceptor, dialer }, asked, tools) => {
    const clusters = clustersFor('connect', asked, tools);
    return (
      noForm(clusters, tools) ??
      renderConnectForm({ channel: asked.actor.channel, clusters, acceptor, dialer })
    );
  },
});
