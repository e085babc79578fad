import type { Finding } from '../../src/report/report';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { applyShell, findingOf, resultOf, type Stage, startStage } from './stage';

describeWith(['consul'], 'a route of an API gateway that asks for a listener that is not there', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    await stage.reset();
  }, 120_000);
  afterAll(() => stage?.stop());

  const write = (entry: object): Promise<unknown> => stage.west.call('PUT', '/v1/config', entry);

  const read = (kind: string, name: string): Promise<object> =>
    stage.west.call('GET', `/v1/config/${kind}/${name}`);

  const finding = (name: string): Promise<Finding> =>
    waitFor(
      'the route to be reported',
      async () => findingOf(await stage.check('west'), 'gateway-routes', `api-gateway ${name} → api-at-east`),
      { timeoutMs: 60_000 },
    );

  /** Pastes every shell snippet, in order. */
  const paste = async ({ remediation }: Finding): Promise<void> => {
    const scripts = remediation.filter(({ language }) => language === 'shell');
    expect(scripts.length).toBeGreaterThan(0);
    for (const { code } of scripts) await applyShell(stage.west, code);
  };

  const rule = {
    Matches: [{ Path: { Match: 'exact', Value: '/kept' } }],
    Services: [{ Name: 'api-at-east' }],
  };
  const http = { Name: 'web', Port: 9000, Protocol: 'http' };
  const tcp = { Name: 'raw', Port: 8080, Protocol: 'tcp' };

  it.each([
    ['misspelt', [http, tcp], 'wbe', [http, tcp], 'web'],
    ['missing', [tcp], 'web', [tcp, { ...http, Port: 8081 }], 'web'],
    ['for-tcp', [tcp], 'raw', [tcp, { ...http, Name: 'http', Port: 8081 }], 'http'],
  ])(
    '%s: is fixed by what is pasted',
    async (name, listeners, named, served, section) => {
      await write({ Kind: 'service-defaults', Name: 'api-at-east', Protocol: 'http' });
      await write({
        Kind: 'service-resolver',
        Name: 'api-at-east',
        Redirect: { Service: 'api', Peer: 'east' },
      });
      await write({ Kind: 'api-gateway', Name: name, Listeners: listeners });
      const Parents = [{ Kind: 'api-gateway', Name: name, SectionName: named }];
      await write({ Kind: 'http-route', Name: 'front', Parents, Rules: [rule] });
      await paste(await finding(name));
      await waitFor(
        'the route to be bound',
        async () => resultOf(await stage.check('west'), 'gateway-routes').status === 'pass',
        { timeoutMs: 60_000 },
      );
      expect(await read('api-gateway', name)).toMatchObject({ Listeners: served });
      expect(await read('http-route', 'front')).toMatchObject({
        Parents: [{ Name: name, SectionName: section }],
        Rules: [rule],
      });
    },
    180_000,
  );
});
