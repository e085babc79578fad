import fc from 'fast-check';
import { renderClusters, renderHelp } from '../../../src/features/help/help.message';
import { formButton } from '../../../src/slack/form-buttons';
import { messageRoom } from '../../../src/render/slack/limits';
import { hostileText } from '../../render/hostile';
import { expectMessage, outline } from '../../render/slack/held';

test('help and clusters', () => {
  const help = renderHelp(
    [
      {
        usage: 'check CLUSTER [PEER]',
        summary: 'Checks a cluster, and shows evidence and fixes',
      },
      { usage: 'clusters', summary: 'Lists the clusters that are configured' },
    ],
    [formButton('check').render('Check…', { thread: null, text: null })],
  );
  const clusters = renderClusters([
    {
      name: 'prod-east',
      datacenter: 'dc1',
      peers: ['prod-west'],
      last: { verdict: 'not-ready', at: '2026-11-23T14:03:22.000Z' },
    },
    { name: 'staging', peers: [] },
  ]);
  for (const message of [help, clusters, renderClusters([])]) expectMessage(message, messageRoom);
  expect([help, clusters, renderClusters([])].map((message) => outline(message.blocks))).toMatchSnapshot();
});

test('ten thousand clusters are one message that counts those it leaves out', () => {
  const clusters = Array.from({ length: 10_000 }, (_, index) => ({
    name: `cluster-${index}`,
    peers: ['a', 'b'],
  }));
  const message = renderClusters(clusters);
  expectMessage(message, messageRoom);
  const text = outline(message.blocks);
  const shown = text.split('\n').filter((line) => line.includes('*cluster-')).length;
  expect(text).toContain(`… and ${(10_000 - shown).toLocaleString('en-US')} more`);
});

test('whatever names come in, the messages are within the limits of Slack and hold no markup of them', () => {
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 2, maxLength: 60 }), (names) => {
      const [a = '', b = ''] = names;
      const messages = [
        renderHelp(
          names.map((name) => ({ usage: name, summary: a })),
          [],
        ),
        renderClusters(
          names.map((name) => ({ name, datacenter: a, peers: names, last: { verdict: 'ready', at: b } })),
        ),
      ];
      for (const message of messages) expectMessage(message, messageRoom);
    }),
    { numRuns: 60 },
  );
});
