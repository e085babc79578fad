import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import {
  authorizePath,
  moveMoments,
  peersOf,
  readRecordings,
  type Recording,
  serveRecording,
} from '../../../sandbox/demo/recording';

const folder = resolve(__dirname, '../../../sandbox/recordings');
const json = { 'content-type': 'application/json' };

describe('moments', () => {
  it('move on together, so that a heartbeat stays as fresh as it was', () => {
    const hour = 3_600_000;
    expect(moveMoments('{"a":"2024-05-01T10:00:00Z","b":["2024-05-01T11:30:00.5+02:00"]}', hour)).toBe(
      '{"a":"2024-05-01T11:00:00.000Z","b":["2024-05-01T10:30:00.500Z"]}',
    );
  });

  it('leave out the time that means never, and what only looks like one', () => {
    const kept =
      '{"never":"0001-01-01T00:00:00Z","text":"since 2024-05-01T10:00:00Z","day":"2024-05-01","odd":"2024-99-99T99:99:99Z"}';
    expect(moveMoments(kept, 1000)).toBe(kept);
  });

  it('keep every distance', () => {
    const moment = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(moment, moment, fc.integer({ min: -1e10, max: 1e10 }), (one, other, by) => {
        const moved = JSON.parse(moveMoments(JSON.stringify([one, other]), by)) as [string, string];
        expect(Date.parse(moved[0]) - Date.parse(moved[1])).toBe(one.getTime() - other.getTime());
      }),
    );
  });
});

describe('a served recording', () => {
  const recording: Recording = {
    cluster: 'east',
    recordedWith: 'Consul 1.20.1',
    answers: {
      'GET /v1/peerings': {
        status: 200,
        headers: { ...json, date: 'Wed, 01 May 2024 10:00:00 GMT', 'x-consul-index': '7' },
        body: [{ At: '2024-05-01T09:59:57Z' }],
      },
      'GET /v1/status/leader': { status: 200, headers: json, body: '127.0.0.1:8300' },
      'GET /v1/catalog/services?dc=a&filter=x': { status: 200, headers: json, body: {} },
      'GET /v1/acl/tokens': {
        status: 403,
        headers: { 'content-type': 'text/plain' },
        body: 'Permission denied',
      },
      [`POST ${authorizePath}`]: {
        status: 200,
        headers: json,
        body: [
          { Resource: 'acl', Access: 'read', Allow: true },
          { Resource: 'service', Access: 'read', Segment: 'web', Allow: true },
        ],
      },
    },
  };
  let served: Awaited<ReturnType<typeof serveRecording>>;
  beforeAll(async () => {
    served = await serveRecording(recording, { token: 'secret', delayMs: 0 });
  });
  afterAll(() => served.stop());

  const ask = (path: string, init: RequestInit = {}, token = 'secret') =>
    fetch(`${served.address}${path}`, { ...init, headers: { 'x-consul-token': token } });

  it('answers as it was answered, with its headers and with times as old as they were', async () => {
    const answer = await ask('/v1/peerings');
    expect(answer.headers.get('x-consul-index')).toBe('7');
    const [{ At }] = (await answer.json()) as [{ At: string }];
    const age = Date.now() - Date.parse(At);
    expect(age).toBeGreaterThanOrEqual(3_000);
    expect(age).toBeLessThan(10_000);
  });

  it('keeps a JSON text apart from a plain one', async () => {
    expect(await (await ask('/v1/status/leader')).text()).toBe('"127.0.0.1:8300"');
    const denied = await ask('/v1/acl/tokens');
    expect([denied.status, await denied.text()]).toEqual([403, 'Permission denied']);
  });

  it('does not mind the order of parameters', async () => {
    expect((await ask('/v1/catalog/services?filter=x&dc=a')).status).toBe(200);
    expect(served.missing()).toEqual([]);
    expect((await ask('/v1/catalog/services?filter=y&dc=a')).status).toBe(404);
    expect(served.missing()).toEqual(['GET /v1/catalog/services?dc=a&filter=y']);
  });

  it('wants the token, and takes no changes', async () => {
    expect((await ask('/v1/peerings', {}, 'other')).status).toBe(403);
    expect((await ask('/v1/peering/token', { method: 'POST', body: '{}' })).status).toBe(405);
  });

  it('answers each question about rights as it was answered once, and denies the rest', async () => {
    const questions = [
      { Resource: 'service', Access: 'read', Segment: 'web' },
      { Resource: 'service', Access: 'read', Segment: 'other' },
      { Resource: 'acl', Access: 'read' },
    ];
    const answer = await ask(authorizePath, { method: 'POST', body: JSON.stringify(questions) });
    expect(((await answer.json()) as { Allow: boolean }[]).map(({ Allow }) => Allow)).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('the recordings of this repository', () => {
  it('are three clusters, two of which know each other', async () => {
    const all = await readRecordings(folder);
    expect(all.map((one) => [one.cluster, peersOf(one, all)])).toEqual([
      ['prod-east', { west: 'prod-west' }],
      ['prod-west', { east: 'prod-east' }],
      ['staging', {}],
    ]);
  });

  it.each(['prod-east', 'prod-west', 'staging'])(
    '%s holds no secret and no path of the machine it was made on',
    (name) => {
      const text = readFileSync(resolve(folder, `${name}.json`), 'utf8');
      expect(text.match(/"SecretID": ?"(?!<hidden>")/g)).toBeNull();
      expect(text).not.toMatch(/EstablishmentSecret|PRIVATE KEY|"\/(?:home|root|tmp|work|Users)\//);
    },
  );
});
