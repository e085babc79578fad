import fc from 'fast-check';
import { findImpact } from '../../../src/checks/impact';
import { exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { renderImpact } from '../../../src/features/impact/impact.message';
import { renderImpactText } from '../../../src/render/impact';
import { messageRoom } from '../../../src/render/slack/limits';
import type { Impact } from '../../../src/report/impact';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { twoClusters } from '../../checks/two-clusters';
import { snapshotOf } from '../../checks/world';
import { expectMessage, outline, requester } from '../../render/slack/held';

const impactIn = (snapshot: Snapshot, name: string): Impact => {
  const found = findImpact(snapshot, name);
  if (!found.ok) throw new Error(found.error);
  return found.value;
};

const local = twoClusters({
  sidecars: [exampleSidecar([exampleUpstream({ MeshGateway: { Mode: 'local' } })], { failing: [] })],
});

const impacts: Readonly<Record<string, Impact>> = {
  'a service that a peer calls': impactIn(twoClusters(), 'api'),
  'a service of a peer': impactIn(twoClusters(), 'billing'),
  'a service that nobody calls': impactIn(twoClusters(), 'web'),
  'a peer': impactIn(twoClusters(), 'west'),
  'a gateway in local mode': impactIn(local, 'mesh-gateway'),
  'consumers that are not visible': impactIn(snapshotOf(), 'api'),
};

test.each(Object.entries(impacts))('%s', (_, impact) => {
  const message = renderImpact(impact, { requestedBy: requester });
  expectMessage(message, messageRoom);
  expect(outline(message.blocks)).toMatchSnapshot('Slack');
  expect(renderImpactText(impact, { colour: false, width: 80 })).toMatchSnapshot('terminal');
});

test('any names fit into one message, however many', () => {
  const [path] = impactIn(twoClusters(), 'api').paths;
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.nat({ max: 300 }), (name, count) => {
      const impact: Impact = {
        ...impactIn(twoClusters(), 'api'),
        cluster: name,
        subject: { kind: 'service', name },
        notVisible: [name],
        paths: Array.from({ length: count }, () => ({
          ...(path as Impact['paths'][number]),
          consumer: { cluster: name, service: name },
        })),
      };
      expectMessage(renderImpact(impact, { requestedBy: requester }), messageRoom);
      expect(renderImpactText(impact, { colour: false, width: 80 })).not.toMatch(/[\u0007\u001b\r]/u);
    }),
    { numRuns: 60 },
  );
});
