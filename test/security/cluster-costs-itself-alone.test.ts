import { gzipSync } from 'node:zlib';
import { budget } from '../../src/config/budget';
import { createAllowance } from '../../src/consul/allowance';
import type { ConsulClient } from '../../src/consul/client';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import { clientOf, failureOf, type Handler, send, serve, type TestServer } from '../consul/server';

let server: TestServer;
let client: ConsulClient;

const start = async (handler: Handler): Promise<void> => {
  server = await serve(handler);
  client = clientOf(server.origin);
};

afterEach(async () => {
  client.close();
  await server.close();
});

const MiB = 1024 * 1024;
const compressed = { 'content-encoding': 'gzip' };
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const service = (config: string): string =>
  `[{"Node":{"Node":"n"},"Service":{"ID":"a","Service":"a","Proxy":{"Config":${config}}},"Checks":[]}]`;

describe('the answers to one snapshot', () => {
  it('have a limit of bytes together, counted while they are decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(40 * MiB, ' '));
    await start((response) => send(response, 200, bomb, compressed));
    const allowance = createAllowance({ snapshotBytes: 50 * MiB, snapshotValues: 100 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => client.catalogServices({ allowance })));
    const kinds = answers.map((answer) => failureOf(answer).kind);
    // At most one fits, and is malformed: it holds nothing.
    expect(kinds.filter((kind) => kind === 'too-large').length).toBeGreaterThanOrEqual(3);
    expect(failureOf(await client.catalogServices({ allowance })).kind).toBe('too-large');
    expect(server.requests).toHaveLength(4);
  });

  it('have a limit of values together', async () => {
    const names = JSON.stringify(Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`s${n}`, []])));
    await start((response) => send(response, 200, names));
    const allowance = createAllowance({ snapshotBytes: MiB, snapshotValues: 1000 });
    expect(await client.catalogServices({ allowance })).toMatchObject({ ok: true });
    expect(failureOf(await client.catalogServices({ allowance })).kind).toBe('too-large');
  });

  it('share that limit in a gather, which gives a snapshot all the same', async () => {
    const bomb = gzipSync(Buffer.alloc(60 * MiB, ' '));
    await start((response) => send(response, 200, bomb, compressed));
    const { sections } = await gatherSnapshot({ cluster: { name: 'bomb' }, client });
    const kinds = Object.values(sections).map((section) =>
      section.visibility === 'hidden' ? section.reason.kind : section.visibility,
    );
    expect(kinds.filter((kind) => kind === 'too-large').length).toBeGreaterThan(10);
  });
});

describe('one answer', () => {
  it('has a limit of values, whatever its size', async () => {
    const many = `[${'[],'.repeat(budget.answerValues)}[]]`;
    await start((response) => send(response, 200, gzipSync(many), compressed));
    expect(failureOf(await client.peerings()).kind).toBe('too-large');
  });

  it.each([2000, 3000, 200_000])('keeps all but what one tenant nested %i levels deep', async (levels) => {
    await start((response) => send(response, 200, service(`{"x":${deep(levels)},"protocol":"http"}`)));
    const answer = await client.healthService('a');
    if (!answer.ok) throw new Error(answer.error.message);
    const config = answer.value[0]?.Service.Proxy?.Config ?? {};
    expect(config['protocol']).toBe('http');
    const text = JSON.stringify(config);
    expect(text).toContain('<withheld>');
    expect(text.length).toBeLessThan(1000);
  });

  it('is as deep as Consul nests by itself', async () => {
    await start((response) => send(response, 200, service(`{"x":${deep(40)}}`)));
    const answer = await client.healthService('a');
    expect(JSON.stringify(answer)).toContain(deep(40));
  });

  it('that refuses is read no further than it is quoted', async () => {
    const refusal = `Permission denied ${'x'.repeat(30 * MiB)}`;
    await start((response) => send(response, 403, gzipSync(refusal), compressed));
    const allowance = createAllowance({ snapshotBytes: MiB, snapshotValues: 100 });
    expect(failureOf(await client.peerings({ allowance })).kind).toBe('forbidden');
  });
});
