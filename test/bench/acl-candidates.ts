import type { ConsulAgent } from '../lab/consul';
import { startConsul } from '../lab/consul';
import { clientOf } from '../snapshot/reading';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import { median, ms, type Row, timed } from './table';

const tokens = 5000;
const policies = 1000;
const limitMs = 2000;
const repeats = 5;

const inParallel = async (count: number, make: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await make(index);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
};

/** Many tokens over many policies, of which one token could be the gateway's. */
const populate = async (agent: ConsulAgent): Promise<void> => {
  await agent.call('PUT', '/v1/catalog/register', {
    Node: 'gw-1',
    Address: '127.0.0.1',
    Service: { Kind: 'mesh-gateway', Service: 'mesh-gateway', Port: 8443 },
  });
  const makePolicy = async (name: string, rules: string): Promise<string> =>
    (await agent.call<{ ID: string }>('PUT', '/v1/acl/policy', { Name: name, Rules: rules })).ID;
  const ids: string[] = [];
  await inParallel(policies - 1, async (index) => {
    const own = [0, 1, 2, 3].map(
      (n) =>
        `service "team-${index}-${n}" {\n  policy = "write"\n}\nkey_prefix "team/${index}/${n}" {\n  policy = "write"\n}\n`,
    );
    ids[index] = await makePolicy(`team-${index}`, `${own.join('')}service_prefix "" { policy = "read" }\n`);
  });
  const gateway = await makePolicy(
    'gateway',
    'mesh = "write"\nservice "mesh-gateway" { policy = "write" }\n',
  );
  await inParallel(tokens, async (index) => {
    const links = [
      ids[index % ids.length],
      ids[(index * 7 + 3) % ids.length],
      ...(index === 0 ? [gateway] : []),
    ];
    await agent.call('PUT', '/v1/acl/token', { Policies: links.map((ID) => ({ ID })) });
  });
};

/** Which of 5,000 tokens over 1,000 policies could be the gateway's: the whole gather, beside one without it. */
export const benchAclCandidates = async (): Promise<readonly Row[]> => {
  const agent = await startConsul();
  const client = clientOf(agent);
  const gather = (gatewayTokens: { gateway: string; role: string }[]) =>
    timed(() => gatherSnapshot({ cluster: { name: 'bench', gatewayTokens }, client }));
  try {
    await populate(agent);
    const took: number[] = [];
    let found = 0;
    for (let round = 0; round < repeats; round += 1) {
      const { value, tookMs } = await gather([]);
      took.push(tookMs);
      const { tokenCandidates } = value.sections;
      found = tokenCandidates.visibility === 'hidden' ? 0 : (tokenCandidates.value.gateways[0]?.found ?? 0);
    }
    const without = await gather([{ gateway: 'mesh-gateway', role: 'none' }]);
    const middle = median(took);
    return [
      {
        what: `candidates among ${tokens} tokens and ${policies} policies, the gather included`,
        measured: `${ms(middle)}, ${found} found`,
        beside: `a gather without the search ${ms(without.tookMs)}`,
        limit: ms(limitMs),
        holds: middle <= limitMs && found === 1,
      },
    ];
  } finally {
    client.close();
    await agent.stop();
  }
};
